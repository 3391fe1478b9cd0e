package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestMiniLmBase {
  @TempDir static Path folder;

  @BeforeAll
  static void write() {
    MiniLmBase.write(folder);
  }

  @Test
  void writesTheSameBytesEveryTime() {
    assertThat(FileHashes.of(folder).sha256()).isEqualTo(MiniLmBase.SHA256);
    assertThat(folder)
        .isDirectoryNotContaining(
            path -> !FileHashes.NAMES.contains(path.getFileName().toString()));
  }

  @Test
  void hasTheConfigurationOfTheHub() {
    String ofTheHub =
        StrictJson.read(Golden.own("minilm/sentences.json"), 16 << 20)
            .at("/package/sha256/config.json")
            .textValue();
    assertThat(Sha256.ofFile(folder.resolve("config.json"))).isEqualTo(ofTheHub);
  }

  @Test
  void hasEveryWeightOfTheEncoderAndNoPooler() {
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    assertThat(config.layers()).isEqualTo(6);
    ModuleTree tree = ModuleTree.of(config.forClassification(List.of("a", "b")));
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      assertThat(file.metadata()).containsEntry("format", "pt");
      BaseWeights weights = BaseWeights.of(file, tree);
      assertThat(weights.unused()).isEmpty();
      assertThat(weights.missing())
          .containsExactly(
              "bert.pooler.dense.weight",
              "bert.pooler.dense.bias",
              "classifier.weight",
              "classifier.bias");
      assertThat(weights.present()).hasSize(101);
      assertThat(weights.floats("bert.embeddings.word_embeddings.weight"))
          .hasSize(30522 * 384)
          .doesNotContain(Float.NaN);
    }
  }
}
