package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.format.GgufWriter.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestGgufWriter {
  private static final Map<String, Value> KEYS =
      Map.of(
          "general.name", new Value.Text("ünder"),
          "general.file_type", new Value.Whole(0),
          "adapter.lora.alpha", new Value.Real(1.5f));

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadByTheLetterOfTheFormat() {
    Path file = folder.resolve("file.gguf");
    StoredTensor wide =
        StoredTensor.ofFloats("wide", List.of(2L, 5L), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    StoredTensor last = StoredTensor.ofFloats("wider", List.of(1L, 1L), new float[] {-0.5f});
    GgufWriter.write(file, KEYS, List.of(last, wide));

    GgufFile read = GgufFile.read(file);
    assertThat(read.keys())
        .containsExactly(
            Map.entry("adapter.lora.alpha", 1.5f),
            Map.entry("general.file_type", 0),
            Map.entry("general.name", "ünder"));
    assertThat(read.shapes()).containsEntry("wide", List.of(5L, 2L));
    assertThat(List.copyOf(read.shapes().keySet())).containsExactly("wide", "wider");
    assertThat(read.values().get("wide")).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(read.values().get("wider")).containsExactly(-0.5f);
  }

  @Test
  void theOrderOfWhatIsGivenChangesNoByte() throws Exception {
    StoredTensor one = StoredTensor.ofFloats("one", List.of(1L), new float[] {1});
    StoredTensor two = StoredTensor.ofFloats("two", List.of(1L), new float[] {2});
    GgufWriter.write(folder.resolve("first"), KEYS, List.of(one, two));
    GgufWriter.write(folder.resolve("second"), KEYS, List.of(two, one));
    assertThat(Files.readAllBytes(folder.resolve("first")))
        .isEqualTo(Files.readAllBytes(folder.resolve("second")));
  }

  @Test
  void otherTypesAndTensorsOfOneNameAreRefused() {
    Path file = folder.resolve("none");
    StoredTensor one = StoredTensor.ofFloats("one", List.of(1L), new float[] {1});
    StoredTensor longs = StoredTensor.ofLongs("longs", List.of(1L), new long[] {1});
    assertThatThrownBy(() -> GgufWriter.write(file, KEYS, List.of(one, one)))
        .hasMessageContaining("Two tensors are named one");
    assertThatThrownBy(() -> GgufWriter.write(file, KEYS, List.of(longs)))
        .hasMessageContaining("Tensor longs is no F32");
    assertThat(Files.exists(file)).isFalse();
  }
}
