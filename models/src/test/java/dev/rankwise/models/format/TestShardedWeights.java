package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.ShardedWeights.Shard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestShardedWeights {
  private static final int NUMBERS = 10;

  @TempDir Path folder;

  @Test
  void whatFitsLiesInOneFile() throws IOException {
    write(List.of("a", "b"), 80);

    assertThat(files()).containsExactly("model.safetensors");
    assertThat(values(folder.resolve("model.safetensors"))).isEqualTo(Map.of("a", 0f, "b", 1f));
  }

  @Test
  void whatDoesNotFitIsDividedInItsOrderAndIndexed() throws IOException {
    write(List.of("c", "a", "b"), 79);

    assertThat(files())
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors",
            "model.safetensors.index.json");
    Path index = folder.resolve("model.safetensors.index.json");
    SafetensorsIndex read = SafetensorsIndex.read(index);
    assertThat(read.shardOf())
        .containsEntry("c", "model-00001-of-00003.safetensors")
        .containsEntry("b", "model-00003-of-00003.safetensors");
    assertThat(Files.readString(index)).contains("\"total_size\"", "120");
    assertThat(values(index)).isEqualTo(Map.of("c", 0f, "a", 1f, "b", 2f));
  }

  /** It cannot be cut, so it has a file of its own. */
  @Test
  void aWeightLargerThanAShardStandsAlone() throws IOException {
    write(List.of("a", "b"), 1);

    assertThat(files()).hasSize(3).contains("model-00002-of-00002.safetensors");
  }

  private void write(List<String> names, long shardBytes) {
    List<Outline> outlines = new ArrayList<>();
    Map<String, Float> values = new LinkedHashMap<>();
    for (String name : names) {
      values.put(name, (float) values.size());
      outlines.add(new Outline(name, ElementType.F32, List.of((long) NUMBERS)));
    }
    ShardedWeights.write(
        folder,
        outlines,
        Outline::bytes,
        shardBytes,
        some -> new Shard(some, name -> bytes(values.get(name))));
  }

  private static ByteBuffer bytes(float value) {
    float[] numbers = new float[NUMBERS];
    Arrays.fill(numbers, value);
    return StoredTensor.ofFloats("any", List.of((long) NUMBERS), numbers).bytes();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** The last number of each tensor. */
  private static Map<String, Float> values(Path weights) {
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      Map<String, Float> values = new LinkedHashMap<>();
      file.tensors().keySet().forEach(name -> values.put(name, file.floats(name)[NUMBERS - 1]));
      return values;
    }
  }
}
