package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tokenizer files small enough to work out by hand. */
final class SmallTokenizers {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SmallTokenizers() {}

  /** Byte-level BPE as in GPT-2: ids 0 to 255 are the bytes, then merges, then special tokens. */
  static Path byteLevel(Path folder, List<String> merges, List<String> special) throws IOException {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("version", "1.0");
    ObjectNode byteLevel =
        json.objectNode()
            .put("type", "ByteLevel")
            .put("add_prefix_space", false)
            .put("trim_offsets", false)
            .put("use_regex", true);
    json.set("pre_tokenizer", byteLevel);
    json.set("decoder", byteLevel);
    ObjectNode model = json.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int value = 0; value < 256; value++) {
      vocabulary.put(letterOf(value), value);
    }
    ArrayNode pairs = model.putArray("merges");
    for (String merge : merges) {
      pairs.add(merge);
      vocabulary.put(merge.replace(" ", ""), vocabulary.size());
    }
    int next = vocabulary.size();
    for (String token : special) {
      add(json, next++, token);
    }
    return write(folder, json);
  }

  /**
   * As Llama 2 converted from sentencepiece: ids 0 to 2 are unk, s and /s, 3 to 258 the bytes, then
   * pieces and merges; a blank is put before a text, and s around it.
   */
  static Path byteFallback(Path folder, List<String> pieces, List<String> merges)
      throws IOException {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("version", "1.0");
    ArrayNode normalizers = sequence(json, "normalizer", "normalizers");
    normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
    replace(normalizers.addObject(), " ", "▁");
    ArrayNode decoders = sequence(json, "decoder", "decoders");
    replace(decoders.addObject(), "▁", " ");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    json.set("post_processor", template(json));
    ObjectNode model =
        json.putObject("model")
            .put("type", "BPE")
            .put("unk_token", "<unk>")
            .put("fuse_unk", true)
            .put("byte_fallback", true);
    ObjectNode vocabulary = model.putObject("vocab");
    int id = 0;
    for (String token : List.of("<unk>", "<s>", "</s>")) {
      vocabulary.put(token, id);
      add(json, id++, token);
    }
    for (int value = 0; value < 256; value++) {
      vocabulary.put("<0x%02X>".formatted(value), vocabulary.size());
    }
    pieces.forEach(piece -> vocabulary.put(piece, vocabulary.size()));
    ArrayNode pairs = model.putArray("merges");
    for (String merge : merges) {
      pairs.add(merge);
      vocabulary.put(merge.replace(" ", ""), vocabulary.size());
    }
    return write(folder, json);
  }

  /** The letter that stands for a byte in byte-level vocabularies. */
  static String letterOf(int value) {
    int shifted = 256;
    for (int b = 0; b < 256; b++) {
      boolean itself = (b >= '!' && b <= '~') || (b >= '¡' && b <= '¬') || b >= '®';
      if (b == value) {
        return String.valueOf((char) (itself ? b : shifted));
      }
      shifted += itself ? 0 : 1;
    }
    throw new IllegalArgumentException("Not a byte: " + value);
  }

  private static ArrayNode sequence(ObjectNode json, String name, String list) {
    return json.putObject(name).put("type", "Sequence").putArray(list);
  }

  private static void replace(ObjectNode step, String from, String to) {
    step.put("type", "Replace").put("content", to).putObject("pattern").put("String", from);
  }

  private static ObjectNode template(ObjectNode json) {
    ObjectNode template = json.objectNode().put("type", "TemplateProcessing");
    for (Map.Entry<String, List<String>> form :
        Map.of("single", List.of("A"), "pair", List.of("A", "B")).entrySet()) {
      ArrayNode steps = template.putArray(form.getKey());
      special(steps, "<s>");
      for (String text : form.getValue()) {
        steps.addObject().putObject("Sequence").put("id", text).put("type_id", 0);
      }
      special(steps, "</s>");
    }
    ObjectNode tokens = template.putObject("special_tokens");
    for (int id = 1; id <= 2; id++) {
      String token = id == 1 ? "<s>" : "</s>";
      ObjectNode entry = tokens.putObject(token).put("id", token);
      entry.putArray("ids").add(id);
      entry.putArray("tokens").add(token);
    }
    return template;
  }

  private static void special(ArrayNode steps, String token) {
    steps.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
  }

  private static void add(ObjectNode json, int id, String token) {
    json.withArray("/added_tokens")
        .addObject()
        .put("id", id)
        .put("content", token)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", !token.startsWith("<tool"));
  }

  private static Path write(Path folder, ObjectNode json) throws IOException {
    Path file = Files.createTempFile(folder, "tokenizer", ".json");
    return Files.write(file, MAPPER.writeValueAsBytes(json));
  }
}
