package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A base computes the same whatever files its weights lie in. */
class TestStoredForms {
  private static final Path BERT = Golden.own("models/bert");
  private static final TokenBatch BATCH =
      new TokenBatch(new int[] {2, 5, 7, 3}, new int[4], new int[] {0, 4}, new int[0]);

  @TempDir Path folder;

  @Test
  void shardsGiveTheBitsOfOneFile() throws IOException {
    Path whole = base("whole");
    Path parts = base("parts");
    try (SafetensorsFile file = SafetensorsFile.open(BERT.resolve("model.safetensors"))) {
      List<StoredTensor> tensors = stored(file);
      SafetensorsWriter.write(whole.resolve("model.safetensors"), Map.of(), tensors);
      writeShards(parts, tensors, 3);
    }
    assertThat(last(parts, BaseType.FLOAT32)).isEqualTo(last(whole, BaseType.FLOAT32));
    BaseDirectory resolved = new BaseSource(folder).resolve(parts.toString());
    assertThat(resolved.weights()).hasFileName("model.safetensors.index.json");
  }

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void aHalfPrecisionBaseIsReadAsItsValues(BaseType type) throws IOException {
    for (ElementType narrow : List.of(ElementType.F16, ElementType.BF16)) {
      Path halves = base("stored-" + narrow + type);
      Path floats = base("widened-" + narrow + type);
      List<StoredTensor> stored = new ArrayList<>();
      List<StoredTensor> widened = new ArrayList<>();
      try (SafetensorsFile file = SafetensorsFile.open(BERT.resolve("model.safetensors"))) {
        file.tensors()
            .values()
            .forEach(
                it -> {
                  float[] values = file.floats(it.name());
                  ByteBuffer bytes = ByteBuffer.allocate(values.length * Short.BYTES);
                  bytes.order(ByteOrder.LITTLE_ENDIAN);
                  for (int i = 0; i < values.length; i++) {
                    values[i] = representable(values[i], narrow);
                    bytes.putShort(bits(values[i], narrow));
                  }
                  stored.add(new StoredTensor(it.name(), narrow, it.shape(), bytes.flip()));
                  widened.add(StoredTensor.ofFloats(it.name(), it.shape(), values));
                });
      }
      SafetensorsWriter.write(halves.resolve("model.safetensors"), Map.of(), stored);
      SafetensorsWriter.write(floats.resolve("model.safetensors"), Map.of(), widened);
      assertThat(last(halves, type)).as("%s as %s", narrow, type).isEqualTo(last(floats, type));
    }
  }

  @Test
  void aTiedOutputEmbeddingNeedNotBeStoredAndIsNotReadTwice() throws IOException {
    ModelConfig config = ModelConfig.read(Golden.own("models/gpt2/config.json"));
    ModuleTree tree = ModuleTree.of(config);
    assertThat(config.tiedEmbeddings()).isTrue();
    List<StoredTensor> tensors = new ArrayList<>();
    tree.tensors()
        .forEach(
            (name, shape) -> {
              long size = shape.stream().reduce(1L, Math::multiplyExact);
              tensors.add(StoredTensor.ofFloats(name, shape, new float[Math.toIntExact(size)]));
            });
    assertThat(tensors).extracting(StoredTensor::name).doesNotContain("lm_head.weight");
    Path once = Files.createDirectory(folder.resolve("once"));
    writeShards(once, tensors, 2);
    StoredTensor table =
        tensors.stream().filter(it -> it.name().endsWith("wte.weight")).findFirst().orElseThrow();
    tensors.add(new StoredTensor("lm_head.weight", table.type(), table.shape(), table.bytes()));
    Path twice = Files.createDirectory(folder.resolve("twice"));
    writeShards(twice, tensors, 2);
    try (SafetensorsFile one = SafetensorsFile.open(index(once));
        SafetensorsFile both = SafetensorsFile.open(index(twice))) {
      BaseWeights without = BaseWeights.of(one, tree);
      BaseWeights with = BaseWeights.of(both, tree);
      assertThat(without.missing()).isEmpty();
      assertThat(with.present().keySet()).isEqualTo(without.present().keySet());
      assertThat(with.unused()).containsExactly("lm_head.weight");
    }
  }

  @Test
  void aTensorOfNoModuleIsNamedWhateverShardItLiesIn() throws IOException {
    ModuleTree tree = ModuleTree.of(ModelConfig.read(BERT.resolve("config.json")));
    Path base = Files.createDirectory(folder.resolve("surprise"));
    try (SafetensorsFile file = SafetensorsFile.open(BERT.resolve("model.safetensors"))) {
      List<StoredTensor> tensors = stored(file);
      tensors.add(StoredTensor.ofFloats("bert.surprise.weight", List.of(1L), new float[1]));
      writeShards(base, tensors, 3);
    }
    try (SafetensorsFile parts = SafetensorsFile.open(index(base))) {
      assertThatThrownBy(() -> BaseWeights.of(parts, tree))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("Weights file " + index(base) + " does not fit its configuration")
          .hasMessageContaining("tensor \"bert.surprise.weight\" belongs to no module");
    }
  }

  private static List<StoredTensor> stored(SafetensorsFile file) {
    List<StoredTensor> tensors = new ArrayList<>();
    file.tensors()
        .values()
        .forEach(
            it ->
                tensors.add(
                    new StoredTensor(it.name(), it.type(), it.shape(), file.bytes(it.name()))));
    return tensors;
  }

  private static Path index(Path base) {
    return base.resolve("model.safetensors.index.json");
  }

  /** The value with 7 bits of mantissa, which every type here holds exactly if it is not tiny. */
  private static float representable(float value, ElementType type) {
    float cut = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
    return type == ElementType.F16 && Math.abs(cut) < 0x1p-14f ? 0 : cut;
  }

  /** The 16 bits of a value that the type holds exactly: by hand, apart from the reader. */
  private static short bits(float value, ElementType type) {
    int bits = Float.floatToRawIntBits(value);
    if (type == ElementType.BF16) {
      return (short) (bits >>> 16);
    }
    int sign = (bits >>> 16) & 0x8000;
    if (value == 0) {
      return (short) sign;
    }
    int exponent = ((bits >>> 23) & 0xff) - 127 + 15;
    return (short) (sign | (exponent << 10) | ((bits >>> 13) & 0x3ff));
  }

  private Path base(String name) throws IOException {
    Path base = Files.createDirectory(folder.resolve(name));
    Files.copy(BERT.resolve("config.json"), base.resolve("config.json"));
    return base;
  }

  private static void writeShards(Path base, List<StoredTensor> tensors, int count) {
    Map<String, String> places = new TreeMap<>();
    for (int shard = 0; shard < count; shard++) {
      String name = "model-0000%d-of-0000%d.safetensors".formatted(shard + 1, count);
      List<StoredTensor> part = new ArrayList<>();
      for (int i = shard; i < tensors.size(); i += count) {
        part.add(tensors.get(i));
        places.put(tensors.get(i).name(), name);
      }
      SafetensorsWriter.write(base.resolve(name), Map.of("format", "pt"), part);
    }
    List<String> map = new ArrayList<>();
    places.forEach((tensor, name) -> map.add("\"%s\": \"%s\"".formatted(tensor, name)));
    AtomicFile.write(
        base.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {" + String.join(",", map) + "}}");
  }

  private float[] last(Path base, BaseType type) {
    BaseDirectory directory = new BaseSource(folder).resolve(base.toString());
    ModelConfig config = ModelConfig.read(directory.config());
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    try (Replica replica =
            Replica.open(directory, config, Attachment.none(), settings, folder.resolve("cache"));
        Parameters none = replica.parameters(new float[0])) {
      List<float[]> states = replica.states(none, BATCH);
      return states.get(states.size() - 1);
    }
  }
}
