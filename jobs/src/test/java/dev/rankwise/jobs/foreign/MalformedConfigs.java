package dev.rankwise.jobs.foreign;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.foreign.ForeignFile.Kind;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Configurations of bases, each of which breaks one rule; all else of the base is sound. */
final class MalformedConfigs {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String POOLER = "bert.pooler.dense.bias";
  private static final String PROCESSOR = "preprocessor_config.json";

  private final List<ForeignFile> cases = new ArrayList<>();

  private MalformedConfigs() {}

  static List<ForeignFile> cases() {
    MalformedConfigs all = new MalformedConfigs();
    all.texts();
    all.encoders();
    all.decoders();
    all.weights();
    all.processors();
    return all.cases;
  }

  private void texts() {
    String good = bert().toString();
    text("not-empty", "");
    text("json", "model_type: bert");
    text("json-closed", good.substring(0, good.length() - 1));
    text("an-object", "[" + good + "]");
    text("one-object", good + good);
    text("every-key-once", "{\"model_type\":\"bert\"," + good.substring(1));
    text("no-depth", "{\"a\":" + "[".repeat(100_000));
    text("at-most-16-MB", good + " ".repeat(16 << 20));
    text("number-of-few-digits", "{\"hidden_size\":1" + "0".repeat(100_000) + "}");
    cases.add(ForeignFile.of("utf-8", Kind.CONFIG, FILE, good.getBytes(StandardCharsets.UTF_16LE)));
    text("no-byte-order-mark", "\ufeff" + good);
    text("not-a-number", good.replace("\"hidden_size\":48", "\"hidden_size\":NaN"));
  }

  private void encoders() {
    bert("family-there", json -> json.remove("model_type"));
    bert("family-a-text", json -> json.put("model_type", 3));
    bert("family-known", json -> json.put("model_type", "no-such-family"));
    bert("width-there", json -> json.remove("hidden_size"));
    bert("width-above-zero", json -> json.put("hidden_size", 0));
    bert("width-whole", json -> json.put("hidden_size", 48.5));
    bert("width-no-text", json -> json.put("hidden_size", "48"));
    bert("width-of-31-bits", json -> json.put("hidden_size", 1L << 40));
    bert("heads-divide-the-width", json -> json.put("num_attention_heads", 5));
    bert("heads-not-negative", json -> json.put("num_attention_heads", -4));
    bert("layers-above-zero", json -> json.put("num_hidden_layers", 0));
    bert("layers-in-bounds", json -> json.put("num_hidden_layers", 2_000_000_000));
    bert("vocabulary-in-bounds", json -> json.put("vocab_size", Integer.MAX_VALUE));
    bert("positions-above-zero", json -> json.put("max_position_embeddings", 0));
    bert("epsilon-above-zero", json -> json.put("layer_norm_eps", 0));
    bert("epsilon-finite", json -> json.put("layer_norm_eps", 1e300));
    bert("activation-known", json -> json.put("hidden_act", "softplus"));
    bert("padding-within-the-vocabulary", json -> json.put("pad_token_id", 96));
    bert("deviation-a-number", json -> json.put("initializer_range", true));
    bert("flag-true-or-false", json -> json.put("tie_word_embeddings", "yes"));
    bert("no-decoder", json -> json.put("is_decoder", true));
    bert("one-architecture", json -> json.withArray("/architectures").add("BertModel"));
    bert("architecture-known", json -> json.putArray("architectures").add("BertForTokens"));
    bert("classes-numbered", json -> json.putObject("id2label").put("1", "a").put("2", "b"));
    bert("classes-there", json -> json.putObject("id2label"));
    bert("classes-texts", json -> json.putObject("id2label").put("0", 3));
    bert(
        "quantization-known",
        json -> json.putObject("quantization_config").put("quant_method", "gptq"));
    bert("quantization-an-object", json -> json.put("quantization_config", "4bit"));
  }

  private void decoders() {
    llama("key-heads-divide-heads", json -> json.put("num_key_value_heads", 3));
    llama("key-heads-at-most-heads", json -> json.put("num_key_value_heads", 8));
    llama("rotated-numbers-even", json -> json.put("head_dim", 13));
    llama("rotation-an-object", json -> json.put("rope_parameters", "default"));
    llama("rotation-known", json -> json.putObject("rope_parameters").put("rope_type", "spiral"));
    llama(
        "rotation-base-positive", json -> json.putObject("rope_parameters").put("rope_theta", -1));
    llama(
        "rotation-factor-at-least-1",
        json -> json.putObject("rope_parameters").put("rope_type", "linear").put("factor", 0.5));
    llama(
        "rotation-frequencies-rising",
        json ->
            json.putObject("rope_parameters")
                .put("rope_type", "llama3")
                .put("factor", 8)
                .put("low_freq_factor", 4)
                .put("high_freq_factor", 1));
    llama("norm-epsilon-a-number", json -> json.put("rms_norm_eps", "1e-6"));
    llama("feed-forward-above-zero", json -> json.put("intermediate_size", -1));
  }

  private void weights() {
    weights("weight-of-its-shape", tensors -> tensors.put(POOLER, floats(POOLER, 7)));
    weights(
        "weight-of-floats",
        tensors -> tensors.put(POOLER, StoredTensor.ofLongs(POOLER, List.of(48L), new long[48])));
    weights("layers-of-the-weights", tensors -> {}, json -> json.put("num_hidden_layers", 1));
    weights(
        "every-weight-there",
        tensors -> tensors.remove(POOLER.replace("pooler", "encoder.layer.1.output")));
    weights("no-other-weight", tensors -> tensors.put("x", floats("x", 1)));
    weights(
        "as-many-layers-as-weights", tensors -> {}, json -> json.put("num_hidden_layers", 1000));
    weights("vocabulary-of-the-weights", tensors -> {}, json -> json.put("vocab_size", 97));
    weights("width-of-the-weights", tensors -> {}, json -> json.put("hidden_size", 96));
    weights(
        "positions-of-the-weights",
        tensors -> {},
        json -> json.put("max_position_embeddings", 4000));
  }

  private void processors() {
    processor("not-larger-than-1-MB", "{}" + " ".repeat(1 << 20));
    processor("processor-an-object", "3");
    processor("mean-of-three-numbers", "{\"image_mean\":[0.5]}");
    processor("mean-of-numbers", "{\"image_mean\":[\"a\",\"b\",\"c\"]}");
    processor("size-of-the-base", "{\"size\":{\"height\":1000000000,\"width\":16}}");
    processor("filter-known", "{\"resample\":77}");
    processor("resizing-true-or-false", "{\"do_resize\":\"true\"}");
    processor("no-cutting-off", "{\"do_center_crop\":true}");
  }

  private void processor(String rule, String text) {
    cases.add(ForeignFile.of(rule, Kind.PROCESSOR, PROCESSOR, text));
  }

  private void weights(String rule, Consumer<Map<String, StoredTensor>> change) {
    weights(rule, change, json -> {});
  }

  private void weights(
      String rule, Consumer<Map<String, StoredTensor>> change, Consumer<ObjectNode> config) {
    cases.add(
        new ForeignFile(
            rule,
            Kind.CONFIG,
            folder -> {
              ObjectNode json = bert();
              config.accept(json);
              Files.writeString(folder.resolve(FILE), json.toString());
              SafetensorsWriter.write(
                  folder.resolve(WEIGHTS), Map.of(), List.copyOf(changed(change).values()));
            }));
  }

  private static Map<String, StoredTensor> changed(Consumer<Map<String, StoredTensor>> change) {
    Map<String, StoredTensor> tensors = new TreeMap<>();
    try (SafetensorsFile file =
        SafetensorsFile.open(ForeignFile.golden("models/bert/" + WEIGHTS))) {
      file.tensors()
          .forEach(
              (name, spec) ->
                  tensors.put(
                      name, new StoredTensor(name, spec.type(), spec.shape(), file.bytes(name))));
    }
    change.accept(tensors);
    return tensors;
  }

  private static StoredTensor floats(String name, int size) {
    return StoredTensor.ofFloats(name, List.of((long) size), new float[size]);
  }

  private void bert(String rule, Consumer<ObjectNode> change) {
    ObjectNode json = bert();
    change.accept(json);
    text(rule, json.toString());
  }

  private void llama(String rule, Consumer<ObjectNode> change) {
    ObjectNode json = golden("llama");
    change.accept(json);
    text(rule, json.toString());
  }

  private void text(String rule, String text) {
    cases.add(ForeignFile.of(rule, Kind.CONFIG, FILE, text));
  }

  private static ObjectNode bert() {
    return golden("bert");
  }

  private static ObjectNode golden(String model) {
    Path file = ForeignFile.golden("models/" + model + "/" + FILE);
    try {
      return (ObjectNode) JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
