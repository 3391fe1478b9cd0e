package dev.rankwise.models.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSafetensorsWriter {
  @TempDir Path folder;
  private Path scratch;

  @BeforeTry
  void makeScratch() throws IOException {
    scratch = Files.createTempFile("rankwise", ".safetensors");
  }

  @AfterTry
  void removeScratch() throws IOException {
    Files.delete(scratch);
  }

  @Test
  void tensorsGivenOneByOneGiveTheSameFile() {
    List<StoredTensor> tensors =
        List.of(
            StoredTensor.ofFloats("b", List.of(2L), new float[] {2, 3}),
            StoredTensor.ofLongs("a", List.of(1L), new long[] {4}));
    Path whole = folder.resolve("whole.safetensors");
    SafetensorsWriter.write(whole, Map.of("format", "pt"), tensors);
    Path streamed = folder.resolve("streamed.safetensors");
    List<String> asked = new ArrayList<>();
    SafetensorsWriter.write(
        streamed,
        Map.of("format", "pt"),
        tensors.stream()
            .map(t -> new SafetensorsWriter.Outline(t.name(), t.type(), t.shape()))
            .toList(),
        name -> {
          asked.add(name);
          return tensors.get(name.equals("b") ? 0 : 1).bytes();
        });
    assertThat(streamed).hasSameBinaryContentAs(whole);
    assertThat(asked).containsExactly("a", "b");
  }

  @Test
  void fewerBytesThanTheHeaderSaysLeaveNoFile() {
    Path file = folder.resolve("short.safetensors");
    List<SafetensorsWriter.Outline> outlines =
        List.of(new SafetensorsWriter.Outline("a", ElementType.F32, List.of(2L)));
    assertThatThrownBy(
            () -> SafetensorsWriter.write(file, Map.of(), outlines, name -> ByteBuffer.allocate(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor a of shape [2] and type F32 takes 8 bytes, not 4");
    assertThat(Children.of(folder)).isEmpty();
  }

  @Test
  void writesTheBytesThatTheFormatAsksFor() throws IOException {
    Path file = folder.resolve("new/a.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of("format", "pt"),
        List.of(
            StoredTensor.ofFloats("b", List.of(1L), new float[] {2}),
            StoredTensor.ofFloats("a", List.of(1L, 1L), new float[] {1}),
            new StoredTensor("c", ElementType.U8, List.of(1L), ByteBuffer.wrap(new byte[] {7})),
            StoredTensor.ofLongs("d", List.of(1L), new long[] {4})));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    assertThat(length % 8).isZero();
    assertThat(new String(bytes.array(), 8, length, UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"d\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
                + "\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[16,17]}}");
    bytes.position(8 + length);
    assertThat(bytes.getLong()).isEqualTo(4);
    assertThat(bytes.getFloat()).isEqualTo(1);
    assertThat(bytes.getFloat()).isEqualTo(2);
    assertThat(bytes.get()).isEqualTo((byte) 7);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void leavesNoStagedFileAndReplacesTheOldOne() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.writeString(file, "old");
    SafetensorsWriter.write(file, Map.of(), List.of());
    assertThat(folder).isDirectoryContaining("glob:**a.safetensors");
    assertThat(Children.of(folder)).containsExactly(file);
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.tensors()).isEmpty();
      assertThat(opened.metadata()).isEmpty();
    }
  }

  @Test
  void refusesNamesThatAFileCannotHold() {
    StoredTensor tensor = StoredTensor.ofFloats("a", List.of(), new float[] {1});
    Path file = folder.resolve("a.safetensors");
    assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(tensor, tensor)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write %s: tensor name \"a\" is empty, reserved or used twice; rename it", file);
    StoredTensor reserved = StoredTensor.ofFloats("__metadata__", List.of(), new float[] {1});
    assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(reserved)))
        .hasMessageContaining("\"__metadata__\"");
    assertThat(file).doesNotExist();
  }

  @Test
  void refusesAFolderThatIsAFile() throws IOException {
    Path blocked = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(
            () -> SafetensorsWriter.write(blocked.resolve("a.safetensors"), Map.of(), List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write " + blocked.resolve("a.safetensors") + ": ")
        .hasMessageEndingWith("choose a folder on a disk with room that this user may write");
  }

  @Property(tries = 60)
  void readsBackWhatWasWritten(@ForAll("tensorLists") List<StoredTensor> tensors)
      throws IOException {
    Map<String, String> metadata = Map.of("format", "pt", "ключ \"x\"", "line\nbreak");
    SafetensorsWriter.write(scratch, metadata, tensors);
    byte[] first = Files.readAllBytes(scratch);
    try (SafetensorsFile opened = SafetensorsFile.open(scratch)) {
      assertThat(opened.metadata()).isEqualTo(metadata);
      assertThat(opened.tensors()).hasSameSizeAs(tensors);
      for (StoredTensor tensor : tensors) {
        TensorSpec read = opened.tensors().get(tensor.name());
        assertThat(read.type()).isEqualTo(tensor.type());
        assertThat(read.shape()).isEqualTo(tensor.shape());
        assertThat(opened.bytes(tensor.name())).isEqualTo(tensor.bytes());
      }
    }
    List<StoredTensor> reversed = new ArrayList<>(tensors);
    Collections.reverse(reversed);
    SafetensorsWriter.write(scratch, metadata, reversed);
    assertThat(Files.readAllBytes(scratch)).isEqualTo(first);
  }

  @Provide
  Arbitrary<List<StoredTensor>> tensorLists() {
    Arbitrary<StoredTensor> tensor =
        Arbitraries.strings()
            .ofMinLength(1)
            .ofMaxLength(12)
            .filter(name -> UTF_8.newEncoder().canEncode(name))
            .flatMap(
                name ->
                    Arbitraries.of(ElementType.class)
                        .flatMap(
                            type ->
                                Arbitraries.longs()
                                    .between(0, 4)
                                    .list()
                                    .ofMaxSize(4)
                                    .map(shape -> filled(name, type, shape))));
    return tensor.list().ofMaxSize(6).uniqueElements(StoredTensor::name);
  }

  private static StoredTensor filled(String name, ElementType type, List<Long> shape) {
    byte[] bytes = new byte[(int) TensorSpec.byteSize(type, shape)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (name.hashCode() + 31 * i);
    }
    return new StoredTensor(name, type, shape, ByteBuffer.wrap(bytes));
  }
}
