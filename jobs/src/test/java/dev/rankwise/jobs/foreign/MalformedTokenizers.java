package dev.rankwise.jobs.foreign;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.foreign.ForeignFile.Kind;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tokenizers, each of which breaks one rule. A library of another language reads them, which ends
 * the whole process where it meets what it did not expect.
 */
final class MalformedTokenizers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "tokenizer.json";
  private static final int STEPS = 40;

  private final List<ForeignFile> cases = new ArrayList<>();

  private MalformedTokenizers() {}

  static List<ForeignFile> cases() {
    MalformedTokenizers all = new MalformedTokenizers();
    all.texts();
    all.vocabularies();
    all.models();
    all.steps();
    all.splittersAndDecoders();
    all.addedTokens();
    all.postProcessors();
    all.templates();
    return all.cases;
  }

  private void texts() {
    text("not-empty", "");
    text("json", "<unk> 0");
    text("an-object", "[]");
    text("model-there", "{\"version\":\"1.0\"}");
    text("every-key-once", "{\"model\":{},\"model\":{}}");
    text("no-depth", "{\"model\":" + "[".repeat(100_000));
    words("version-known", json -> json.put("version", "99.0"));
    words("added-tokens-a-list", json -> json.put("added_tokens", "x"));
  }

  private void vocabularies() {
    words("vocabulary-there", json -> model(json).remove("vocab"));
    words("vocabulary-not-empty", json -> model(json).putObject("vocab"));
    words("id-a-number", json -> vocabulary(json).put("c", "2"));
    words("id-not-negative", json -> vocabulary(json).put("c", -1));
    words("id-whole", json -> vocabulary(json).put("c", 2.5));
    words("id-below-2-to-the-24", json -> vocabulary(json).put("c", Integer.MAX_VALUE));
    words("id-of-31-bits", json -> vocabulary(json).put("c", 1L << 40));
    words("id-once", json -> vocabulary(json).put("c", 1));
    words("ids-without-a-great-hole", json -> vocabulary(json).put("c", 1 << 24));
    words("added-id-as-it-is-read", json -> added(json, 17, "<tool>"));
    words("added-id-there", json -> added(json, 3, "<tool>").remove("id"));
    words("added-text-there", json -> added(json, 3, "<tool>").remove("content"));
    words("added-id-of-31-bits", json -> added(json, 3, "<tool>").put("id", 1L << 33));
  }

  private void models() {
    words("model-known", json -> model(json).put("type", "Oracle"));
    words("unknown-token-there", json -> model(json).put("unk_token", "no such token"));
    words("unknown-token-a-text", json -> model(json).put("unk_token", 3));
    model(
        "unigram-unknown-within",
        model -> {
          model.put("type", "Unigram").put("unk_id", 17);
          model.putArray("vocab").addArray().add("a").add(-1.0);
        });
    model(
        "unigram-pieces-there",
        model -> {
          model.put("type", "Unigram").put("unk_id", 0);
          model.putArray("vocab");
        });
    model(
        "unigram-pairs",
        model -> {
          model.put("type", "Unigram").put("unk_id", 0);
          model.putArray("vocab").addArray().add("a");
        });
    model(
        "unigram-scores-numbers",
        model -> {
          model.put("type", "Unigram").put("unk_id", 0);
          model.putArray("vocab").addArray().add("a").add("b");
        });
    model("bpe-merges-of-two", model -> bpe(model).add("a b c"));
    model("bpe-merges-of-known-pieces", model -> bpe(model).add("a q"));
    model("bpe-merges-known", model -> bpe(model).add("a a"));
    model("bpe-merges-texts", model -> bpe(model).add(3));
    model("bpe-merges-longer-than-their-prefix", model -> prefixed(model, "###").add("a b"));
    model("bpe-merges-with-whole-prefix", model -> prefixed(model, "#").add("a éb"));
    model(
        "bpe-pairs-longer-than-their-prefix",
        model -> prefixed(model, "##").addArray().add("a").add("b"));
    model(
        "word-piece-vocabulary-an-object",
        model -> model.put("type", "WordPiece").put("vocab", "a"));
    model(
        "word-piece-unknown-there",
        model -> {
          model.put("type", "WordPiece").put("unk_token", "[UNK]");
          model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
          model.putObject("vocab").put("q", 0);
        });
  }

  private void steps() {
    step("normalizer-known", "normalizer", step -> step.put("type", "Upwards"));
    step(
        "normalizer-pattern-a-pattern",
        "normalizer",
        step ->
            step.put("type", "Replace").put("content", "").putObject("pattern").put("Regex", "("));
    step(
        "charsmap-in-base-64",
        "normalizer",
        step -> step.put("type", "Precompiled").put("precompiled_charsmap", "!!!"));
    step(
        "charsmap-there",
        "normalizer",
        step -> step.put("type", "Precompiled").put("precompiled", "AAA="));
    step(
        "charsmap-whole",
        "normalizer",
        step -> step.put("type", "Precompiled").put("precompiled_charsmap", "AAA="));
    step(
        "charsmap-within-its-bytes",
        "normalizer",
        step -> step.put("type", "Precompiled").put("precompiled_charsmap", "/////wAAAAA="));
    words("normalizers-that-do-not-double", json -> doubling(json, "normalizer", "normalizers"));
    words(
        "normalizers-of-no-type-that-do-not-double",
        json -> {
          doubling(json, "normalizer", "normalizers");
          json.path("normalizer")
              .path("normalizers")
              .forEach(step -> ((ObjectNode) step).remove("type"));
        });
    text(
        "normalizers-without-depth",
        words()
            .toString()
            .replaceFirst(
                "\\{",
                "{\"normalizer\":"
                    + "{\"type\":\"Sequence\",\"normalizers\":[".repeat(400)
                    + "{\"type\":\"Lowercase\"}"
                    + "]}".repeat(400)
                    + ","));
  }

  private void splittersAndDecoders() {
    step("splitter-known", "pre_tokenizer", step -> step.put("type", "Guess"));
    step(
        "splitter-pattern-a-pattern",
        "pre_tokenizer",
        step ->
            step.put("type", "Split")
                .put("behavior", "Isolated")
                .put("invert", false)
                .putObject("pattern")
                .put("Regex", "[a"));
    step(
        "splitter-length-above-zero",
        "pre_tokenizer",
        step -> step.put("type", "FixedLength").put("length", 0));
    step(
        "splitter-of-one-character",
        "pre_tokenizer",
        step -> step.put("type", "Metaspace").put("replacement", "ab"));
    step("decoder-that-cuts-no-end", "decoder", step -> strip(step, 0, 5));
    step(
        "decoder-of-no-type-that-cuts-no-end", "decoder", step -> strip(step, 0, 5).remove("type"));
    step("decoder-whose-cuts-do-not-cross", "decoder", step -> strip(step, 1, 1));
    step(
        "decoder-within-a-sequence",
        "decoder",
        step -> strip(step.put("type", "Sequence").putArray("decoders").addObject(), 0, 5));
    step("decoder-known", "decoder", step -> step.put("type", "Backwards"));
    step("post-processor-known", "post_processor", step -> step.put("type", "Afterwards"));
  }

  private void addedTokens() {
    words("added-text-that-a-normalizer-leaves", json -> emptied(json, "String", "q", "qqq"));
    words("added-text-that-an-expression-leaves", json -> emptied(json, "Regex", "[a-z]+", "qqq"));
    words("added-text-of-hexadecimal-digits", json -> emptied(json, "Regex", "\\h+", "abc"));
    words(
        "added-text-that-normalizers-do-not-double",
        json -> {
          doubling(json, "normalizer", "normalizers");
          added(json, 3, "a").put("normalized", true);
        });
    words(
        "added-text-that-two-normalizers-leave",
        json -> {
          added(json, 3, "Q").put("normalized", true);
          ArrayNode steps =
              json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
          steps.addObject().put("type", "Lowercase");
          ObjectNode step = steps.addObject().put("type", "Replace").put("content", "");
          step.putObject("pattern").put("String", "q");
        });
    words(
        "added-text-that-is-no-blank",
        json -> {
          added(json, 3, " ").put("normalized", true);
          json.putObject("normalizer").put("strip_left", true).put("strip_right", true);
        });
  }

  /** An added token of which the normalizer leaves nothing. */
  private static void emptied(ObjectNode json, String kind, String pattern, String text) {
    added(json, 3, text).put("normalized", true);
    ObjectNode step = json.putObject("normalizer").put("type", "Replace").put("content", "");
    step.putObject("pattern").put(kind, pattern);
  }

  private void postProcessors() {
    step(
        "post-processor-of-one-text",
        "post_processor",
        step ->
            template(step)
                .withArray("/single")
                .addObject()
                .putObject("Sequence")
                .put("id", "B")
                .put("type_id", 0));
    step(
        "post-processor-of-one-template",
        "post_processor",
        step -> {
          ArrayNode two = step.put("type", "Sequence").putArray("processors");
          for (int place = 0; place < 2; place++) {
            ObjectNode template = template(two.addObject());
            template
                .withArray("/single")
                .addObject()
                .putObject("SpecialToken")
                .put("id", "a")
                .put("type_id", 0);
            template
                .putObject("special_tokens")
                .putObject("a")
                .put("id", "a")
                .putArray("ids")
                .add(1);
            template.withObject("/special_tokens/a").putArray("tokens").add("a");
          }
        });
  }

  private void templates() {
    for (String form : List.of("single", "pair")) {
      step(
          "special-token-of-" + form + "-defined",
          "post_processor",
          step -> {
            template(step)
                .withArray("/" + form)
                .addObject()
                .putObject("SpecialToken")
                .put("id", "<s>")
                .put("type_id", 0);
          });
    }
    chat("template-closed", "{% if a %}");
    chat("template-whose-words-steer-no-terminal", "{% \u001b[2J %}");
    chat("template-without-java", "{{ ''.getClass() }}");
    chat("template-without-dunder", "{{ ''.__class__.__mro__ }}");
    chat("template-without-import", "{% import 'os' as os %}");
    chat("template-without-include", "{% include '/etc/passwd' %}");
    chat("template-of-bounded-depth", "{{ " + "(".repeat(100_000) + "1");
    chat("template-of-bounded-length", "x".repeat(4_000_000));
    cases.add(
        new ForeignFile(
            "template-in-utf-8",
            Kind.TEMPLATE,
            folder -> {
              Files.writeString(folder.resolve(FILE), words().toString());
              Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xff, 'a'});
            }));
  }

  private void chat(String rule, String template) {
    cases.add(
        new ForeignFile(
            rule,
            Kind.TEMPLATE,
            folder -> {
              Files.writeString(folder.resolve(FILE), words().toString());
              Files.writeString(
                  folder.resolve("tokenizer_config.json"),
                  JSON.createObjectNode().put("chat_template", template).toString());
            }));
  }

  private void model(String rule, Consumer<ObjectNode> change) {
    words(rule, json -> change.accept(json.putObject("model")));
  }

  private void step(String rule, String name, Consumer<ObjectNode> change) {
    words(rule, json -> change.accept(json.putObject(name)));
  }

  private void words(String rule, Consumer<ObjectNode> change) {
    ObjectNode json = words();
    change.accept(json);
    text(rule, json.toString());
  }

  private void text(String rule, String text) {
    cases.add(ForeignFile.of(rule, Kind.TOKENIZER, FILE, text));
  }

  /** A sound tokenizer of words: "a", "b", and one for all others. */
  static ObjectNode words() {
    ObjectNode json = JSON.createObjectNode().put("version", "1.0");
    json.putArray("added_tokens");
    json.putObject("pre_tokenizer").put("type", "Whitespace");
    ObjectNode model = json.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>");
    model.putObject("vocab").put("<unk>", 0).put("a", 1).put("b", 2);
    return json;
  }

  private static ObjectNode model(ObjectNode json) {
    return (ObjectNode) json.get("model");
  }

  private static ObjectNode vocabulary(ObjectNode json) {
    return (ObjectNode) model(json).get("vocab");
  }

  private static ObjectNode added(ObjectNode json, int id, String content) {
    return ((ArrayNode) json.get("added_tokens"))
        .addObject()
        .put("id", id)
        .put("content", content)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
  }

  private static ArrayNode bpe(ObjectNode model) {
    model.put("type", "BPE").putObject("vocab").put("a", 0).put("b", 1);
    return model.putArray("merges");
  }

  private static ArrayNode prefixed(ObjectNode model, String prefix) {
    model.put("continuing_subword_prefix", prefix);
    ArrayNode merges = bpe(model);
    ((ObjectNode) model.get("vocab")).put("éb", 2).put("aéb", 3).put("ab", 4);
    return merges;
  }

  /** Each step writes what it finds twice: after forty there are 2⁴⁰ of it. */
  private static void doubling(ObjectNode json, String name, String list) {
    ArrayNode steps = json.putObject(name).put("type", "Sequence").putArray(list);
    for (int step = 0; step < STEPS; step++) {
      steps
          .addObject()
          .put("type", "Replace")
          .put("content", "aa")
          .putObject("pattern")
          .put("String", "a");
    }
  }

  private static ObjectNode strip(ObjectNode step, int start, int stop) {
    return step.put("type", "Strip").put("content", "a").put("start", start).put("stop", stop);
  }

  private static ObjectNode template(ObjectNode step) {
    step.put("type", "TemplateProcessing");
    for (String form : List.of("single", "pair")) {
      step.putArray(form).addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    }
    step.withArray("/pair").addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    step.putObject("special_tokens");
    return step;
  }
}
