package dev.rankwise.models.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TestSafetensorsFile {
  @TempDir Path folder;

  @Test
  void readsTensorsAndMetadata() throws IOException {
    Path file =
        write(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + entry("b", "I64", "[2]", 4, 20)
                + ","
                + entry("a", "F32", "[1,1]", 0, 4)
                + "}   ",
            data(20).putFloat(1.5f).putLong(-7).putLong(9));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.tensors().keySet()).containsExactly("a", "b");
      assertThat(opened.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(opened.tensors().get("a"))
          .isEqualTo(new TensorSpec("a", ElementType.F32, List.of(1L, 1L), 0, 4));
      assertThat(opened.floats("a")).containsExactly(1.5f);
      assertThat(opened.longs("b")).containsExactly(-7, 9);
      assertThat(opened.bytes("b").isReadOnly()).isTrue();
      assertThat(opened.bytes("b").order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      assertThat(opened.bytes("b").getLong(8)).isEqualTo(9);
    }
  }

  @Test
  void readsEveryElementTypeAtAnyAlignment() throws IOException {
    Path file =
        write(
            "{"
                + String.join(
                    ",",
                    entry("bool", "BOOL", "[1]", 0, 1),
                    entry("f64", "F64", "[1]", 1, 9),
                    entry("f16", "F16", "[2]", 9, 13),
                    entry("bf16", "BF16", "[1]", 13, 15),
                    entry("i32", "I32", "[1]", 15, 19),
                    entry("i16", "I16", "[1]", 19, 21),
                    entry("i8", "I8", "[1]", 21, 22),
                    entry("u8", "U8", "[1]", 22, 23))
                + "}",
            data(23)
                .put((byte) 1)
                .putDouble(Math.PI)
                .putShort((short) 0x3c00)
                .putShort((short) 0xc000)
                .putShort((short) 0x3fc0)
                .putInt(-5)
                .putShort((short) -6)
                .put((byte) -7)
                .put((byte) 200));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.longs("bool")).containsExactly(1);
      assertThat(opened.doubles("f64")).containsExactly(Math.PI);
      assertThat(opened.floats("f16")).containsExactly(1f, -2f);
      assertThat(opened.floats("bf16")).containsExactly(1.5f);
      assertThat(opened.doubles("bf16")).containsExactly(1.5);
      assertThat(opened.longs("i32")).containsExactly(-5);
      assertThat(opened.longs("i16")).containsExactly(-6);
      assertThat(opened.longs("i8")).containsExactly(-7);
      assertThat(opened.longs("u8")).containsExactly(200);
    }
  }

  @Test
  void readsScalarsEmptyTensorsAndAnEmptyFile() throws IOException {
    Path file =
        write(
            "{"
                + entry("none", "F32", "[0,7]", 4, 4)
                + ","
                + entry("scalar", "F32", "[]", 0, 4)
                + "}",
            data(4).putFloat(3));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.floats("scalar")).containsExactly(3);
      assertThat(opened.floats("none")).isEmpty();
      assertThat(opened.tensors().get("none").elements()).isZero();
    }
    try (SafetensorsFile opened = SafetensorsFile.open(write("{}", data(0)))) {
      assertThat(opened.tensors()).isEmpty();
      assertThat(opened.metadata()).isEmpty();
    }
  }

  @Test
  void handedOutViewsOutliveTheFile() throws IOException {
    SafetensorsFile opened =
        SafetensorsFile.open(
            write("{" + entry("a", "I8", "[1]", 0, 1) + "}", data(1).put((byte) 3)));
    ByteBuffer view = opened.bytes("a");
    opened.close();
    assertThat(view.get(0)).isEqualTo((byte) 3);
    assertThatThrownBy(() -> opened.bytes("a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void saysWhichTensorIsMissingOrOfAnotherType() throws IOException {
    Path file = write("{" + entry("a", "I32", "[1]", 0, 4) + "}", data(4).putInt(1));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThatThrownBy(() -> opened.floats("b"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessage(
              "File %s has no tensor \"b\" among its 1; use the file that belongs to this model",
              file);
      assertThatThrownBy(() -> opened.floats("a"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("has type I32 where F32, F16 or BF16 was expected");
    }
    Path floats = write("{" + entry("a", "F32", "[1]", 0, 4) + "}", data(4).putInt(1));
    try (SafetensorsFile opened = SafetensorsFile.open(floats)) {
      assertThatThrownBy(() -> opened.longs("a"))
          .hasMessageContaining("a whole number was expected");
    }
  }

  @Test
  void saysThatAFileIsNotThere() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("none.safetensors")
        .hasMessageContaining("no such file or folder")
        .hasMessageContaining("check that the path is right");
  }

  static Stream<Arguments> malformedHeaders() {
    String good = entry("a", "F32", "[1]", 0, 4);
    return Stream.of(
        arguments("not JSON", "{nonsense}", 0, "not valid JSON"),
        arguments("cut JSON", "{\"a\":{\"dtype\":\"F32\"", 0, "not valid JSON"),
        arguments("a list", "[]", 0, "does not start with \"{\""),
        arguments("leading space", " {}", 0, "does not start with \"{\""),
        arguments("second object", "{}{}", 0, "goes on after the closing"),
        arguments("deep nesting", "{\"a\":" + "[".repeat(5000), 0, "must be an object"),
        arguments("deep field", "{\"a\":{\"x\":" + "[".repeat(5000), 0, "unknown field \"x\""),
        arguments("entry no object", "{\"a\":3}", 0, "\"a\" must be an object"),
        arguments("empty name", "{" + entry("", "F32", "[1]", 0, 4) + "}", 4, "without a name"),
        arguments("duplicate tensor", "{" + good + "," + good + "}", 4, "Duplicate field 'a'"),
        arguments(
            "duplicate field",
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
            4,
            "Duplicate field 'dtype'"),
        arguments("metadata number", "{\"__metadata__\":{\"n\":1}}", 0, "\"n\" must be a text"),
        arguments("unknown type", "{" + entry("a", "Q4", "[1]", 0, 4) + "}", 4, "type \"Q4\""),
        arguments(
            "type no text",
            "{\"a\":{\"dtype\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}",
            4,
            "(not a text)"),
        arguments("no type", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "must have"),
        arguments("no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "must have"),
        arguments("long name", "{\"" + "a".repeat(300) + "\":3}", 0, "a…\" must be an object"),
        arguments("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "must have"),
        arguments(
            "three offsets",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}",
            4,
            "two data_offsets"),
        arguments("control character", "{\"a\nb\":3}", 0, "not valid JSON"),
        arguments("not UTF-8", "{\"\u00ff\":3}", 0, "is not UTF-8"));
  }

  static Stream<Arguments> impossibleShapes() {
    return Stream.of(
        arguments("shape no list", "{" + entry("a", "F32", "1", 0, 4) + "}", 4, "must be a list"),
        arguments("negative size", "{" + entry("a", "F32", "[-1]", 0, 4) + "}", 4, "\"-1\""),
        arguments("fraction", "{" + entry("a", "F32", "[1.0]", 0, 4) + "}", 4, "\"1.0\""),
        arguments(
            "size beyond 64 bits",
            "{" + entry("a", "F32", "[99999999999999999999]", 0, 4) + "}",
            4,
            "99999999999999999999"),
        arguments(
            "overflowing product",
            "{" + entry("a", "F32", "[4294967296,4294967296]", 0, 4) + "}",
            4,
            "more bytes than 2^63-1"),
        arguments(
            "overflowing bytes",
            "{" + entry("a", "F32", "[4611686018427387904]", 0, 4) + "}",
            4,
            "more bytes than 2^63-1"),
        arguments(
            "too many dimensions",
            "{" + entry("a", "F32", "[1" + ",1".repeat(64) + "]", 0, 4) + "}",
            4,
            "more than 64 entries"),
        arguments("wrong size", "{" + entry("a", "F32", "[2]", 0, 4) + "}", 4, "takes 8 bytes"));
  }

  static Stream<Arguments> impossiblePlaces() {
    String good = entry("a", "F32", "[1]", 0, 4);
    return Stream.of(
        arguments("negative offset", "{" + entry("a", "F32", "[1]", -4, 0) + "}", 4, "\"-4\""),
        arguments("swapped offsets", "{" + entry("a", "F32", "[1]", 4, 0) + "}", 4, "[4, 0]"),
        arguments(
            "hole at start", "{" + entry("a", "F32", "[1]", 4, 8) + "}", 8, "where 0 was due"),
        arguments(
            "hole between",
            "{" + good + "," + entry("b", "F32", "[1]", 8, 12) + "}",
            12,
            "\"b\" begins at byte 8 of the data, where 4 was due"),
        arguments(
            "overlap",
            "{" + good + "," + entry("b", "F32", "[1]", 2, 6) + "}",
            6,
            "begins at byte 2 of the data, where 4 was due"),
        arguments(
            "same bytes twice",
            "{" + good + "," + entry("b", "F32", "[1]", 0, 4) + "}",
            4,
            "begins at byte 0 of the data, where 4 was due"),
        arguments(
            "data cut short",
            "{" + good + "}",
            3,
            "end at byte 4 of the data, but the file holds 3"),
        arguments(
            "trailing bytes",
            "{" + good + "}",
            5,
            "end at byte 4 of the data, but the file holds 5"),
        arguments(
            "tensor beyond the file",
            "{" + entry("a", "I8", "[9000000000000000000]", 0, 9_000_000_000_000_000_000L) + "}",
            4,
            "but the file holds 4"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"malformedHeaders", "impossibleShapes", "impossiblePlaces"})
  void refusesAHeaderThatBreaksTheFormat(String what, String header, int dataBytes, String message)
      throws IOException {
    Path file = write(header, data(dataBytes).position(dataBytes));
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .as(what)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Safetensors file " + file + " cannot be used: ")
        .hasMessageContaining(message)
        .hasMessageEndingWith("; fetch or write the file again");
  }

  static Stream<Arguments> hostileStarts() {
    return Stream.of(
        arguments(new byte[0], "it has 0 bytes"),
        arguments(new byte[7], "it has 7 bytes"),
        arguments(length(0), "does not start with \"{\""),
        arguments(length(1), "its header length is 1, but only 0 bytes follow"),
        arguments(length(100_000_001), "at most 100000000 bytes are allowed"),
        arguments(length(Long.MAX_VALUE), "header length is 9223372036854775807"),
        arguments(length(-1), "header length is 18446744073709551615"));
  }

  @ParameterizedTest
  @MethodSource("hostileStarts")
  void refusesAWrongHeaderLengthBeforeItAllocates(byte[] content, String message)
      throws IOException {
    Path file = Files.write(folder.resolve("start.safetensors"), content);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void refusesEveryTruncationOfAGoodFile() throws IOException {
    Path file = folder.resolve("whole.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of("format", "pt"),
        List.of(
            StoredTensor.ofFloats("a", List.of(2L), new float[] {1, 2}),
            StoredTensor.ofLongs("b", List.of(1L), new long[] {3})));
    byte[] whole = Files.readAllBytes(file);
    for (int size = 0; size < whole.length; size++) {
      Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(whole, size));
      assertThatThrownBy(() -> SafetensorsFile.open(cut))
          .as("first %d bytes", size)
          .isInstanceOf(CorruptFileException.class);
    }
  }

  private static byte[] length(long value) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(value).array();
  }

  private static ByteBuffer data(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String entry(String name, String type, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, type, shape, begin, end);
  }

  private Path write(String header, ByteBuffer data) throws IOException {
    // A character of the header above 0x7f is written as one byte, which is no UTF-8.
    byte[] text = header.getBytes(header.chars().anyMatch(c -> c > 0x7f) ? ISO_8859_1 : UTF_8);
    ByteBuffer all = ByteBuffer.allocate(8 + text.length + data.position());
    all.order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).put(data.flip());
    return Files.write(Files.createTempFile(folder, "case", ".safetensors"), all.array());
  }
}
