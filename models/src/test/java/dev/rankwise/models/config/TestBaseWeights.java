package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestBaseWeights {
  @TempDir Path folder;
  private ModuleTree tree;
  private final Map<String, StoredTensor> stored = new LinkedHashMap<>();

  @BeforeEach
  void makeAClassifierWithAllItsWeights() {
    Path json = folder.resolve("config.json");
    AtomicFile.write(
        json,
        """
        {"model_type": "bert", "hidden_size": 4, "num_attention_heads": 2, "vocab_size": 7,
         "num_hidden_layers": 2, "intermediate_size": 6, "max_position_embeddings": 5}
        """);
    tree = ModuleTree.of(ModelConfig.read(json).forClassification(List.of("a", "b", "c")));
    float value = 0;
    for (Map.Entry<String, List<Long>> tensor : tree.tensors().entrySet()) {
      put(tensor.getKey(), tensor.getValue(), value++);
    }
  }

  @Test
  void findsEveryWeightUnderItsOwnName() {
    try (SafetensorsFile file = write()) {
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.present().keySet()).containsExactlyElementsOf(tree.tensors().keySet());
      assertThat(weights.missing()).isEmpty();
      assertThat(weights.unused()).isEmpty();
      assertThat(weights.floats("bert.embeddings.word_embeddings.weight")).containsOnly(0f);
      assertThat(weights.bytes("classifier.bias").remaining()).isEqualTo(12);
    }
  }

  @Test
  void findsWeightsWithoutThePrefixAndWithTheOldNamesOfNorms() {
    for (StoredTensor tensor : List.copyOf(stored.values())) {
      stored.remove(tensor.name());
      String name =
          tensor
              .name()
              .replaceFirst("^bert\\.", "")
              .replaceFirst("LayerNorm\\.weight", "LayerNorm.gamma")
              .replaceFirst("LayerNorm\\.bias", "LayerNorm.beta");
      stored.put(name, new StoredTensor(name, tensor.type(), tensor.shape(), tensor.bytes()));
    }
    try (SafetensorsFile file = write()) {
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.missing()).isEmpty();
      assertThat(weights.present().get("bert.embeddings.LayerNorm.weight").name())
          .isEqualTo("embeddings.LayerNorm.gamma");
      assertThat(weights.floats("bert.embeddings.LayerNorm.weight")).containsOnly(3f);
      assertThat(weights.floats("bert.embeddings.LayerNorm.bias")).containsOnly(4f);
    }
  }

  @Test
  void reportsPoolerAndClassifierThatStartFresh() {
    stored.keySet().removeIf(name -> name.contains("pooler") || name.contains("classifier"));
    try (SafetensorsFile file = write()) {
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.missing())
          .containsExactly(
              "bert.pooler.dense.weight",
              "bert.pooler.dense.bias",
              "classifier.weight",
              "classifier.bias");
      assertThat(weights.has("classifier.bias")).isFalse();
      assertThatThrownBy(() -> weights.floats("classifier.bias"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("weight \"classifier.bias\" is not in it");
    }
  }

  @Test
  void startsTheHeadAfreshWhenItHasOtherClasses() {
    put("classifier.weight", List.of(5L, 4L), 1);
    put("classifier.bias", List.of(5L), 1);
    try (SafetensorsFile file = write()) {
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.missing()).containsExactly("classifier.weight", "classifier.bias");
      assertThat(weights.unused()).containsExactly("classifier.bias", "classifier.weight");
    }
  }

  @Test
  void passesOverWhatIsKnownToBeHarmless() {
    stored.put(
        "embeddings.position_ids",
        StoredTensor.ofLongs("embeddings.position_ids", List.of(1L, 5L), new long[5]));
    put("cls.predictions.bias", List.of(7L), 0);
    try (SafetensorsFile file = write()) {
      assertThat(BaseWeights.of(file, tree).unused())
          .containsExactly("cls.predictions.bias", "embeddings.position_ids");
    }
  }

  @Test
  void refusesATensorThatBelongsToNothing() {
    put("bert.encoder.layer.2.output.dense.bias", List.of(4L), 0);
    assertRefused(
        "tensor \"bert.encoder.layer.2.output.dense.bias\" belongs to no module of"
            + " BertForSequenceClassification");
  }

  @Test
  void refusesABaseThatLacksABlock() {
    stored.keySet().removeIf(name -> name.contains("layer.1."));
    assertRefused(
        "16 of the base's weights are missing, the first of them"
            + " \"bert.encoder.layer.1.attention.self.query.weight\"");
  }

  @Test
  void refusesAnotherShape() {
    put("bert.pooler.dense.weight", List.of(4L, 5L), 0);
    assertRefused(
        "tensor \"bert.pooler.dense.weight\" has shape [4, 5] where the configuration asks for"
            + " [4, 4]");
  }

  @Test
  void refusesAnotherType() {
    stored.put(
        "classifier.bias", StoredTensor.ofLongs("classifier.bias", List.of(3L), new long[3]));
    assertRefused("weight \"classifier.bias\" has type I64 where F32, F16 or BF16 is needed");
  }

  @Test
  void refusesTheSameWeightTwice() {
    put("pooler.dense.bias", List.of(4L), 0);
    assertRefused(
        "tensors \"bert.pooler.dense.bias\" and \"pooler.dense.bias\" are the same weight");
  }

  private void assertRefused(String problem) {
    try (SafetensorsFile file = write()) {
      assertThatThrownBy(() -> BaseWeights.of(file, tree))
          .isInstanceOf(CorruptFileException.class)
          .hasMessage(
              "Weights file %s does not fit its configuration: %s; fetch the base again, both files"
                  + " of one version",
              file.path(), problem);
    }
  }

  private void put(String name, List<Long> shape, float value) {
    float[] values = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
    Arrays.fill(values, value);
    stored.put(name, StoredTensor.ofFloats(name, shape, values));
  }

  private SafetensorsFile write() {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, Map.of("format", "pt"), new ArrayList<>(stored.values()));
    return SafetensorsFile.open(file);
  }
}
