package dev.rankwise.jobs.foreign;

import dev.rankwise.jobs.foreign.ForeignFile.Kind;
import dev.rankwise.models.format.SafetensorsIndex;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Files of tensors, each of which breaks one rule of the format. */
final class MalformedSafetensors {
  private static final String FILE = "x.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final List<ForeignFile> cases = new ArrayList<>();

  private MalformedSafetensors() {}

  static List<ForeignFile> cases() {
    MalformedSafetensors all = new MalformedSafetensors();
    all.starts();
    all.headers();
    all.entries();
    all.shapes();
    all.places();
    all.indices();
    return all.cases;
  }

  private void starts() {
    bytes("not-empty", new byte[0]);
    bytes("eight-bytes-of-length", new byte[7]);
    bytes("header-length-not-zero", length(0));
    bytes("header-within-the-file", length(1));
    bytes("header-at-most-100-MB", length(100_000_001));
    bytes("header-length-below-2-to-the-63", length(Long.MAX_VALUE));
    bytes("header-length-without-sign", length(-1));
    bytes(
        "header-length-little-endian", ByteBuffer.allocate(10).putLong(2).put(utf8("{}")).array());
  }

  private void headers() {
    header(
        "tensors-at-most-65536",
        IntStream.range(0, 150_000)
            .mapToObj("\"%s\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"::formatted)
            .collect(Collectors.joining(",", "{", "}")),
        0);
    header("json", "{nonsense}", 0);
    header("json-whose-words-steer-no-terminal", "{\"a\":{\"dtype\":e\0\u009b31m\u001b[2J", 0);
    header("json-closed", "{\"a\":{\"dtype\":\"F32\"", 0);
    header("an-object", "[]", 0);
    header("starts-with-a-brace", " {}", 0);
    header("no-byte-order-mark", "\ufeff{}", 0);
    header("one-object", "{}{}", 0);
    header("no-comment", "{/* a */}", 0);
    header("double-quotes", "{'a':3}", 0);
    header("no-comma-at-the-end", "{" + good() + ",}", 4);
    header("no-depth-of-lists", "{\"a\":" + "[".repeat(50_000), 0);
    header("no-depth-of-objects", "{\"a\":" + "{\"a\":".repeat(50_000), 0);
    header("no-depth-in-metadata", "{\"__metadata__\":{\"a\":" + "[".repeat(50_000), 0);
    header("no-control-character", "{\"a\nb\":3}", 0);
    bytes("utf-8", framed("{\"\u00ff\":3}".getBytes(StandardCharsets.ISO_8859_1), 0));
    bytes("not-utf-16", framed("{\"a\":3}".getBytes(StandardCharsets.UTF_16LE), 0));
    header("metadata-an-object", "{\"__metadata__\":3}", 0);
    header("metadata-of-texts", "{\"__metadata__\":{\"n\":1}}", 0);
    header("metadata-once", "{\"__metadata__\":{},\"__metadata__\":{}}", 0);
  }

  private void entries() {
    header("entry-an-object", "{\"a\":3}", 0);
    header("entry-not-null", "{\"a\":null}", 0);
    header("name-not-empty", "{" + entry("", "F32", "[1]", "[0,4]") + "}", 4);
    header("name-once", "{" + good() + "," + good() + "}", 4);
    header("field-once", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4);
    header("long-name-is-cut-when-told", "{\"" + "a".repeat(1_000_000) + "\":3}", 0);
    header("known-fields", "{\"a\":{\"strides\":[1],\"dtype\":\"F32\"}}", 4);
    header("type-known", "{" + entry("a", "Q4", "[1]", "[0,4]") + "}", 4);
    header("type-in-capitals", "{" + entry("a", "f32", "[1]", "[0,4]") + "}", 4);
    header("type-a-text", "{\"a\":{\"dtype\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
    header("type-there", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
    header("offsets-there", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4);
    header("shape-there", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4);
    header("two-offsets", "{" + entry("a", "F32", "[1]", "[0,4,4]") + "}", 4);
    header("not-one-offset", "{" + entry("a", "F32", "[1]", "[0]") + "}", 4);
  }

  private void shapes() {
    header("shape-a-list", "{" + entry("a", "F32", "1", "[0,4]") + "}", 4);
    header("size-not-negative", "{" + entry("a", "F32", "[-1]", "[0,4]") + "}", 4);
    header("size-whole", "{" + entry("a", "F32", "[1.0]", "[0,4]") + "}", 4);
    header("size-no-text", "{" + entry("a", "F32", "[\"1\"]", "[0,4]") + "}", 4);
    header("size-of-64-bits", "{" + entry("a", "F32", "[99999999999999999999]", "[0,4]") + "}", 4);
    header(
        "product-of-64-bits", "{" + entry("a", "F32", "[4294967296,4294967296]", "[0,4]") + "}", 4);
    header("bytes-of-64-bits", "{" + entry("a", "F32", "[4611686018427387904]", "[0,4]") + "}", 4);
    header(
        "product-of-64-bits-beside-a-zero",
        "{" + entry("a", "F32", "[4294967296,4294967296,0]", "[0,4]") + "}",
        4);
    header(
        "at-most-64-dimensions",
        "{" + entry("a", "F32", "[1" + ",1".repeat(100_000) + "]", "[0,4]") + "}",
        4);
    header("size-of-its-bytes", "{" + entry("a", "F32", "[2]", "[0,4]") + "}", 4);
  }

  private void places() {
    header("offset-not-negative", "{" + entry("a", "F32", "[1]", "[-4,0]") + "}", 4);
    header("offset-a-number", "{" + entry("a", "F32", "[1]", "[null,4]") + "}", 4);
    header("offsets-rising", "{" + entry("a", "F32", "[1]", "[4,0]") + "}", 4);
    header("no-hole-at-the-start", "{" + entry("a", "F32", "[1]", "[4,8]") + "}", 8);
    header("no-hole-between", "{" + good() + "," + entry("b", "F32", "[1]", "[8,12]") + "}", 12);
    header("no-overlap", "{" + good() + "," + entry("b", "F32", "[1]", "[2,6]") + "}", 6);
    header("no-byte-twice", "{" + good() + "," + entry("b", "F32", "[1]", "[0,4]") + "}", 4);
    header("data-whole", "{" + good() + "}", 3);
    header("nothing-behind-the-data", "{" + good() + "}", 5);
    header(
        "tensor-within-the-file",
        "{" + entry("a", "I8", "[9000000000000000000]", "[0,9000000000000000000]") + "}",
        4);
  }

  private void indices() {
    index("weight-map-there", "{}");
    index("weight-map-an-object", "{\"weight_map\":[\"a\"]}");
    index("weight-map-not-empty", "{\"weight_map\":{}}");
    index("shard-a-text", "{\"weight_map\":{\"a\":1}}");
    for (Map.Entry<String, String> name :
        Map.of(
                "shard-not-above", "../one.safetensors",
                "shard-not-elsewhere", "/etc/passwd",
                "shard-in-no-folder", "a/one.safetensors",
                "shard-without-backslash", "..\\\\one.safetensors",
                "shard-without-nul", "one\\u0000.safetensors",
                "shard-not-hidden", ".one.safetensors",
                "shard-no-address", "https:one",
                "shard-there", "two.safetensors",
                "shard-no-folder", "folder")
            .entrySet()) {
      index(name.getKey(), "{\"weight_map\":{\"a\":\"" + name.getValue() + "\"}}");
    }
    index("shard-not-the-index", "{\"weight_map\":{\"a\":\"" + INDEX + "\"}}");
    index("every-tensor-placed", map(Map.of("a", "one.safetensors", "c", "one.safetensors")));
    index("every-placed-tensor-there", map(Map.of("b", "one.safetensors")));
    index("index-an-object", "[]");
    index("index-without-depth", "{\"weight_map\":" + "[".repeat(100_000));
  }

  private static String map(Map<String, String> shardOf) {
    return new String(SafetensorsIndex.print(shardOf, 4), StandardCharsets.UTF_8);
  }

  /** An index beside a sound shard with the tensor "a". */
  private void index(String rule, String text) {
    cases.add(
        new ForeignFile(
            rule,
            Kind.SAFETENSORS,
            folder -> {
              SafetensorsWriter.write(
                  folder.resolve("one.safetensors"),
                  Map.of(),
                  List.of(StoredTensor.ofFloats("a", List.of(1L), new float[1])));
              Files.createDirectory(folder.resolve("folder"));
              Files.writeString(folder.resolve(INDEX), text);
            }));
  }

  private void header(String rule, String header, int dataBytes) {
    bytes(rule, framed(utf8(header), dataBytes));
  }

  private void bytes(String rule, byte[] content) {
    cases.add(ForeignFile.of(rule, Kind.SAFETENSORS, FILE, content));
  }

  private static byte[] framed(byte[] header, int dataBytes) {
    ByteBuffer all = ByteBuffer.allocate(Long.BYTES + header.length + dataBytes);
    return all.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).array();
  }

  private static byte[] length(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  private static String good() {
    return entry("a", "F32", "[1]", "[0,4]");
  }

  private static String entry(String name, String type, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, type, shape, offsets);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
