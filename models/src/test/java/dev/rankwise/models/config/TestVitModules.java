package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ViT's configuration, modules and the names of its weights. */
class TestVitModules {
  @TempDir Path folder;

  @Test
  void namesInFilesAreThoseThatTransformersWrites() {
    int compared = 0;
    for (Path model : Golden.folders("models")) {
      Path names = model.resolve("names.json");
      if (!Files.exists(names)) {
        continue;
      }
      ModelConfig config = ModelConfig.read(model.resolve("config.json"));
      ModuleTree tree = ModuleTree.of(config);
      for (Map.Entry<String, JsonNode> name : Golden.json(names).properties()) {
        String path = name.getValue().textValue();
        assertThat(tree.nameInFiles(path)).isEqualTo(name.getKey());
        assertThat(new WeightNames(config).canonical(name.getKey()))
            .isEqualTo(new WeightNames(config).canonical(path));
        assertThat(tree.tensors()).containsKey(path);
        compared++;
      }
    }
    Golden.requireSome("names of a base's weights", compared, 32);
  }

  @Test
  void everyWeightOfTheFileIsFound() {
    Path model = Golden.own("models/vit");
    ModuleTree tree = ModuleTree.of(ModelConfig.read(model.resolve("config.json")));
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("model.safetensors"))) {
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.missing()).isEmpty();
      assertThat(weights.unused()).isEmpty();
      assertThat(weights.present()).hasSameSizeAs(file.tensors().keySet());
      assertThat(weights.outputNorms("vit.embeddings.patch_embeddings.projection.weight"))
          .hasSize(32);
    }
  }

  @Test
  void aBaseWithoutAHeadHasAPooler() throws IOException {
    ModuleTree tree = ModuleTree.of(read(Map.of("architectures", "[\"ViTModel\"]")));

    assertThat(tree.tensors())
        .containsEntry("embeddings.cls_token", List.of(1L, 1L, 32L))
        .containsEntry("embeddings.position_embeddings", List.of(1L, 17L, 32L))
        .containsEntry("embeddings.patch_embeddings.projection.weight", List.of(32L, 3L, 4L, 4L))
        .containsKeys("layers.1.mlp.fc2.bias", "layernorm.weight", "pooler.dense.weight")
        .doesNotContainKey("classifier.weight");
    assertThat(tree.nameInFiles("layers.1.mlp.fc2.bias"))
        .isEqualTo("encoder.layer.1.output.dense.bias");
    assertThat(tree.nameInFiles("layernorm.weight")).isEqualTo("layernorm.weight");
  }

  @Test
  void queriesKeysAndValuesMayLackBiases() throws IOException {
    ModuleTree tree = ModuleTree.of(read(Map.of("qkv_bias", "false")));

    assertThat(tree.tensors())
        .doesNotContainKey("vit.layers.0.attention.q_proj.bias")
        .containsKey("vit.layers.0.attention.o_proj.bias");
  }

  @Test
  void usualFieldsAreVitBase() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"vit\"}");

    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));

    assertThat(config.images()).contains(new ImageShape(224, 16, 3));
    assertThat(config.hiddenSize()).isEqualTo(768);
    assertThat(config.maximumSequence()).isEqualTo(197);
    assertThat(config.images().orElseThrow().numbers()).isEqualTo(3 * 224 * 224);
  }

  @Test
  void picturesThatPatchesDoNotFillAreRefused() {
    assertThatThrownBy(() -> read(Map.of("image_size", "18")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("image_size is 18 and must be a multiple of patch_size 4");
    assertThatThrownBy(() -> read(Map.of("patch_size", "32")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("patch_size");
    assertThatThrownBy(() -> read(Map.of("num_attention_heads", "5")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("num_attention_heads is 5 and must divide the width 32");
    assertThatThrownBy(() -> read(Map.of("architectures", "[\"ViTForMaskedImageModeling\"]")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("ViTForMaskedImageModeling");
  }

  /** The golden base's configuration with some fields replaced. */
  private ModelConfig read(Map<String, String> replaced) throws IOException {
    ObjectNode fields = (ObjectNode) Golden.json(Golden.own("models/vit/config.json"));
    for (Map.Entry<String, String> field : replaced.entrySet()) {
      Path value = Files.writeString(folder.resolve("value.json"), field.getValue());
      fields.set(field.getKey(), Golden.json(value));
    }
    Path config = Files.writeString(folder.resolve("config.json"), fields.toString());
    return ModelConfig.read(config);
  }
}
