package dev.rankwise.jobs.foreign;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.foreign.ForeignFile.Kind;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Adapters in PEFT's form, each of which breaks one rule, and archives and programs that stand
 * where a file of numbers or settings belongs. Nothing of them is unpacked or run.
 */
final class MalformedAdapters {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOUND = ForeignFile.golden("adapters/lora-bert-seqcls");
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String A =
      "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight";
  private static final String HEAD = "base_model.model.classifier.bias";
  private static final String ESCAPE = "../escaped";

  private final List<ForeignFile> cases = new ArrayList<>();

  private MalformedAdapters() {}

  static List<ForeignFile> cases() {
    MalformedAdapters all = new MalformedAdapters();
    all.texts();
    all.settings();
    all.modules();
    all.weights();
    all.archives();
    return all.cases;
  }

  /** Copies a sound adapter for the golden classifier. */
  static void sound(Path folder) throws IOException {
    for (String name : List.of(CONFIG, WEIGHTS)) {
      Files.copy(SOUND.resolve(name), folder.resolve(name));
    }
  }

  private void texts() {
    text("config-there", "");
    text("config-json", "r: 4");
    text("config-an-object", "[]");
    text("config-without-depth", "{\"a\":" + "[".repeat(100_000));
    text("config-without-deep-objects", "{\"auto_mapping\":" + "{\"a\":".repeat(100_000));
    text("every-key-once", "{\"r\":4,\"r\":4}");
  }

  private void settings() {
    config("method-known", json -> json.put("peft_type", "PROMPT_TUNING"));
    config("method-a-text", json -> json.put("peft_type", 1));
    config("rank-above-zero", json -> json.put("r", 0));
    config("rank-of-31-bits", json -> json.put("r", 1L << 40));
    config("rank-of-its-tensors", json -> json.put("r", Integer.MAX_VALUE));
    config("rank-whole", json -> json.put("r", 4.5));
    config("alpha-a-number", json -> json.put("lora_alpha", "8"));
    config("alpha-finite", json -> json.put("lora_alpha", Double.POSITIVE_INFINITY));
    config("dropout-below-1", json -> json.put("lora_dropout", 1.5));
    config("bias-known", json -> json.put("bias", "some"));
    config("flag-true-or-false", json -> json.put("use_rslora", "no"));
    config("start-known", json -> json.put("init_lora_weights", "olora"));
    config("no-unknown-field", json -> json.put("use_something_new", true));
    config("fields-that-steer-no-terminal", json -> json.put("inference\u009b31mmode", true));
    config("no-unknown-variant", json -> json.put("use_qalora", true));
    config("rank-pattern-of-numbers", json -> json.putObject("rank_pattern").put("query", "8"));
    config("rank-of-a-pattern-above-zero", json -> json.putObject("rank_pattern").put("query", 0));
    config(
        "rank-of-a-pattern-of-its-tensors",
        json -> json.putObject("rank_pattern").put("query", 1_000_000_000));
    config("token-rows-whole", json -> json.putArray("trainable_token_indices").add("a"));
    config(
        "token-rows-within-the-table",
        json -> json.putArray("trainable_token_indices").add(1_000_000_000));
  }

  private void modules() {
    config("targets-there", json -> json.putArray("target_modules"));
    config("targets-texts", json -> json.putArray("target_modules").add(3));
    config("targets-of-the-base", json -> json.putArray("target_modules").add("no_such_module"));
    config("targets-adaptable", json -> json.putArray("target_modules").add("LayerNorm"));
    config("expression-closed", json -> json.put("target_modules", "(query"));
    config("expression-that-ends", json -> json.put("target_modules", "(.*a*)*(.*a*)*(.*a*)*z"));
    config("expression-of-bounded-depth", json -> json.put("target_modules", "(".repeat(50_000)));
    config(
        "pattern-that-ends",
        json -> json.putObject("rank_pattern").put("(.+.+)+(.+.+)+(.+.+)+!", 4));
    config("layers-whole", json -> json.putArray("layers_to_transform").add("0"));
    config("layers-of-the-base", json -> json.putArray("layers_to_transform").add(1_000_000));
    config("kept-modules-texts", json -> json.putArray("modules_to_save").add(1));
    config("kept-expression-closed", json -> json.putArray("modules_to_save").add("classifier("));
    config("excluded-expression-closed", json -> json.put("exclude_modules", "[a"));
  }

  private void weights() {
    weights("every-tensor-there", tensors -> tensors.remove(A));
    weights(
        "no-other-tensor", tensors -> put(tensors, floats("base_model.model.x.lora_A.weight", 1)));
    weights("tensor-of-its-shape", tensors -> put(tensors, floats(A, 3, 48)));
    weights("tensor-of-its-dimensions", tensors -> put(tensors, floats(A, 192)));
    weights(
        "tensor-of-floats",
        tensors -> put(tensors, StoredTensor.ofLongs(A, List.of(4L, 48L), new long[192])));
    for (Map.Entry<String, Integer> value :
        Map.of("no-nan", 0x7fc00000, "no-infinity", 0x7f800000, "no-nan-with-a-sign", 0xffc00001)
            .entrySet()) {
      weights(value.getKey(), tensors -> put(tensors, bits(HEAD, value.getValue())));
    }
    weights("path-of-a-module", tensors -> put(tensors, floats("../../etc/passwd", 1)));
    weights("name-without-control-character", tensors -> put(tensors, floats("a\u001b[2Jb", 1)));
    rewritten("base-as-it-was", tensors -> {}, origin("f", List.of("a", "b", "c")));
    rewritten("classes-of-the-head", tensors -> {}, origin("0", List.of("a", "b")));
    replace("weights-there", WEIGHTS, new byte[0]);
    replace("weights-whole", WEIGHTS, Arrays.copyOf(read(WEIGHTS), 5000));
  }

  private void archives() {
    byte[] zip = zip(Map.of(ESCAPE, "x", WEIGHTS, "y"));
    for (String name : List.of(WEIGHTS, CONFIG)) {
      String place = name.equals(WEIGHTS) ? "-for-weights" : "-for-a-config";
      replace("no-zip" + place, name, zip);
      replace("no-gzip" + place, name, gzip("a".repeat(1 << 20)));
      replace("no-gzip-bomb" + place, name, gzip("\0".repeat(64 << 20)));
      replace("no-tar" + place, name, tar(ESCAPE, "x"));
      replace(
          "no-pickle" + place,
          name,
          ascii("\u0080\u0002cos\nsystem\nX\u0002\0\0\0idq\u0000\u0085R."));
      replace("no-java-object" + place, name, javaObject());
      replace(
          "no-gguf" + place,
          name,
          ascii("GGUF\u0003\0\0\0\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f"));
      replace("no-hdf5" + place, name, ascii("\u0089HDF\r\n\u001a\n\0\0\0\0\0\u0008\u0008\0"));
      replace("no-numpy" + place, name, ascii("\u0093NUMPY\u0001\0v\0{'descr': '|O'}"));
      replace("no-class-file" + place, name, ascii("\u00ca\u00fe\u00ba\u00be\0\0\0="));
    }
    cases.add(
        new ForeignFile(
            "pickle-beside-a-config-is-not-read",
            Kind.ADAPTER,
            folder -> {
              sound(folder);
              Files.delete(folder.resolve(WEIGHTS));
              Files.write(
                  folder.resolve("adapter_model.bin"), zip(Map.of("data.pkl", "cos\nsystem")));
            }));
    cases.add(ForeignFile.of("no-zip-for-a-base", Kind.CONFIG, "config.json", zip));
    cases.add(ForeignFile.of("no-zip-for-a-tokenizer", Kind.TOKENIZER, "tokenizer.json", zip));
    cases.add(
        ForeignFile.of(
            "no-gzip-bomb-for-a-tokenizer",
            Kind.TOKENIZER,
            "tokenizer.json",
            gzip("\0".repeat(64 << 20))));
    cases.add(
        new ForeignFile(
            "no-archive-for-a-base",
            Kind.CONFIG,
            folder -> {
              Files.write(folder.resolve("base.zip"), zip);
              Files.write(folder.resolve("base.tar"), tar(ESCAPE, "x"));
              Files.write(folder.resolve("pytorch_model.bin"), zip);
            }));
  }

  private void text(String rule, String text) {
    replace(rule, CONFIG, text.getBytes(StandardCharsets.UTF_8));
  }

  private void config(String rule, Consumer<ObjectNode> change) {
    ObjectNode json;
    try {
      json = (ObjectNode) JSON.readTree(SOUND.resolve(CONFIG).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    change.accept(json);
    text(rule, json.toString());
  }

  private void replace(String rule, String name, byte[] content) {
    cases.add(
        new ForeignFile(
            rule,
            Kind.ADAPTER,
            folder -> {
              sound(folder);
              Files.write(folder.resolve(name), content);
            }));
  }

  private void weights(String rule, Consumer<Map<String, StoredTensor>> change) {
    rewritten(rule, change, Map.of("format", "pt"));
  }

  private void rewritten(
      String rule, Consumer<Map<String, StoredTensor>> change, Map<String, String> metadata) {
    cases.add(
        new ForeignFile(
            rule,
            Kind.ADAPTER,
            folder -> {
              sound(folder);
              Map<String, StoredTensor> tensors = new TreeMap<>();
              try (SafetensorsFile file = SafetensorsFile.open(SOUND.resolve(WEIGHTS))) {
                file.tensors()
                    .forEach(
                        (name, spec) ->
                            put(
                                tensors,
                                new StoredTensor(
                                    name, spec.type(), spec.shape(), file.bytes(name))));
              }
              change.accept(tensors);
              Files.delete(folder.resolve(WEIGHTS));
              SafetensorsWriter.write(
                  folder.resolve(WEIGHTS), metadata, List.copyOf(tensors.values()));
            }));
  }

  /** What an adapter of ours says of itself. */
  private static Map<String, String> origin(String digit, List<String> labels) {
    Map<String, String> header = new TreeMap<>();
    header.put("rankwise.version", "0.1.0");
    header.put("rankwise.base", "some/base");
    header.put("rankwise.base-sha256", digit.repeat(64));
    for (int label = 0; label < labels.size(); label++) {
      header.put("rankwise.label." + label, labels.get(label));
    }
    return header;
  }

  private static void put(Map<String, StoredTensor> tensors, StoredTensor tensor) {
    tensors.put(tensor.name(), tensor);
  }

  private static StoredTensor floats(String name, int... shape) {
    int size = 1;
    List<Long> sizes = new ArrayList<>();
    for (int dimension : shape) {
      size *= dimension;
      sizes.add((long) dimension);
    }
    return StoredTensor.ofFloats(name, sizes, new float[size]);
  }

  /** Three floats, of which one has these bits. */
  private static StoredTensor bits(String name, int bits) {
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(4, bits);
    return new StoredTensor(name, ElementType.F32, List.of(3L), bytes);
  }

  private static byte[] read(String name) {
    try {
      return Files.readAllBytes(SOUND.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] zip(Map<String, String> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(ascii(entry.getValue()));
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(String content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(ascii(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The header of one file and its content, in blocks of 512 bytes. */
  private static byte[] tar(String name, String content) {
    byte[] all = new byte[2048];
    System.arraycopy(ascii(name), 0, all, 0, name.length());
    byte[] size = ascii("%011o".formatted(content.length()));
    System.arraycopy(size, 0, all, 124, size.length);
    System.arraycopy(ascii("ustar"), 0, all, 257, 5);
    System.arraycopy(ascii(content), 0, all, 512, content.length());
    return all;
  }

  private static byte[] javaObject() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new LinkedHashMap<>(Map.of("r", 4)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
