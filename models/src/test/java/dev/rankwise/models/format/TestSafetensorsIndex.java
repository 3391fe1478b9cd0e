package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestSafetensorsIndex {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;
  private Path index;

  @BeforeEach
  void writeTwoShards() {
    index = folder.resolve("model.safetensors.index.json");
    shard(FIRST, "b", "c");
    shard(SECOND, "a");
    index("\"a\": \"" + SECOND + "\", \"b\": \"" + FIRST + "\", \"c\": \"" + FIRST + "\"", 24);
  }

  @Test
  void shardsReadAsOneFile() {
    try (SafetensorsFile file = SafetensorsFile.open(index)) {
      assertThat(file.path()).isEqualTo(index);
      assertThat(file.tensors().keySet()).containsExactly("a", "b", "c");
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(file.floats("a")).containsExactly('a', -1);
      assertThat(file.floats("b")).containsExactly('b', -1);
      assertThat(file.floats("c")).containsExactly('c', -1);
      assertThatThrownBy(() -> file.floats("d"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("has no tensor \"d\" among its 3");
    }
  }

  @Test
  void whatIsPrintedIsReadBack() throws IOException {
    Files.write(index, SafetensorsIndex.print(Map.of("b", FIRST, "c", FIRST, "a", SECOND), 24));

    SafetensorsIndex read = SafetensorsIndex.read(index);

    assertThat(read.shardOf()).isEqualTo(Map.of("a", SECOND, "b", FIRST, "c", FIRST));
  }

  @Test
  void anIndexNeedNotSayHowManyBytesThereAre() throws IOException {
    Files.writeString(index, "{\"weight_map\": {\"a\": \"" + SECOND + "\"}}");
    SafetensorsIndex read = SafetensorsIndex.read(index);
    assertThat(read.shards()).containsExactly(SECOND);
    try (SafetensorsFile file = SafetensorsFile.open(index)) {
      assertThat(file.tensors().keySet()).containsExactly("a");
    }
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    Files.delete(folder.resolve(SECOND));
    refused("shard " + SECOND + " is missing");
  }

  @Test
  void aTruncatedShardIsNamed() throws IOException {
    Path shard = folder.resolve(SECOND);
    byte[] whole = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(whole, whole.length - 1));
    assertThatThrownBy(() -> SafetensorsFile.open(index))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("Safetensors file " + shard + " cannot be used")
        .hasMessageContaining("it is cut short");
  }

  @Test
  void aTensorThatNoShardHoldsIsNamed() {
    index("\"a\": \"" + SECOND + "\", \"b\": \"" + FIRST + "\", \"d\": \"" + FIRST + "\"", 24);
    refused("it places tensor \"d\" in shard " + FIRST + ", but no shard holds it");
  }

  @Test
  void aTensorThatLiesInAnotherShardIsNamed() {
    index("\"a\": \"" + FIRST + "\", \"b\": \"" + FIRST + "\", \"c\": \"" + SECOND + "\"", 24);
    refused("it places tensor \"a\" in shard " + FIRST + ", but it lies in " + SECOND);
  }

  @Test
  void aTensorInTwoShardsIsNamed() {
    shard(SECOND, "a", "b");
    refused("tensor \"b\" lies in two shards, " + FIRST + " and " + SECOND);
  }

  @Test
  void aTensorThatTheIndexLeavesOutIsNamed() {
    index("\"a\": \"" + SECOND + "\", \"b\": \"" + FIRST + "\"", 24);
    refused("shard " + FIRST + " holds tensor \"c\", which the index does not name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../other.safetensors",
        "/etc/other.safetensors",
        "below/other.safetensors",
        "..safetensors",
        "model.bin",
        ""
      })
  void aShardMayNotLieElsewhere(String name) {
    index("\"a\": \"" + name + "\"", 8);
    refused("places tensor \"a\" in \"" + name + "\", which is no plain name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                                  | \"weight_map\" must name the shard",
        "{\"weight_map\": {}}                                | \"weight_map\" must name the shard",
        "{\"weight_map\": [1]}                               | \"weight_map\" must name the shard",
        "{\"weight_map\": {\"a\": 1}}                        | which is no plain name",
        "{\"weight_map\": {\"a\": {}}}                       | which is no plain name",
        "{\"weight_map\": {\"a\": \"x\\ny.safetensors\"}}    | in \"x?y.safetensors\", which is no",
      })
  void anotherFormIsRefused(String text, String problem) throws IOException {
    Files.writeString(index, text);
    refused(problem);
  }

  /** Repositories that were converted carry the number of what they were made from. */
  @ParameterizedTest
  @ValueSource(strings = {"25", "\"24\"", "24.5", "1e40", "[]", "null"})
  void whatItSaysOfBytesIsPassedOver(String total) throws IOException {
    Files.writeString(
        index,
        "{\"metadata\": {\"total_size\": %s}, \"weight_map\": {\"a\": \"%s\"}}"
            .formatted(total, SECOND));
    try (SafetensorsFile file = SafetensorsFile.open(index)) {
      assertThat(file.tensors().keySet()).containsExactly("a");
    }
  }

  @Test
  void aLongNameIsCutInTheMessage() {
    index("\"" + "n".repeat(300) + "\": \"x\"", 8);
    refused("n".repeat(200) + "…\"");
  }

  private void refused(String problem) {
    assertThatThrownBy(() -> SafetensorsFile.open(index))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Index " + index + " cannot be used: ")
        .hasMessageContaining(problem)
        .hasMessageEndingWith("fetch the base again, all its files of one version");
  }

  private void index(String map, long total) {
    AtomicFile.write(
        index, "{\"metadata\": {\"total_size\": " + total + "}, \"weight_map\": {" + map + "}}");
  }

  /** Each tensor holds the code of its name, and -1. */
  private void shard(String name, String... tensors) {
    SafetensorsWriter.write(
        folder.resolve(name),
        Map.of("format", "pt"),
        java.util.Arrays.stream(tensors)
            .map(it -> StoredTensor.ofFloats(it, List.of(2L), new float[] {it.charAt(0), -1}))
            .toList());
  }
}
