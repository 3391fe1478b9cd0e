package dev.rankwise.models.tokenizer.bpe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A byte-level BPE vocabulary: special tokens, then the 256 byte letters by their code, then a
 * token for each merge, in order. These are the ids that Hugging Face's own trainer gives.
 *
 * @param settings what it was trained for
 * @param tokens all tokens, by id
 * @param merges pairs of tokens that become one, the first to be applied first
 */
public record BpeVocabulary(BpeSettings settings, List<String> tokens, List<Merge> merges) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Two tokens that become one. */
  public record Merge(String left, String right) {}

  public BpeVocabulary {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
  }

  /**
   * Writes {@code tokenizer.json}, for every reader of Hugging Face tokenizers, and {@code
   * tokenizer_config.json}, which names the special tokens, into {@code folder}.
   */
  public void write(Path folder) {
    AtomicFile.write(folder.resolve("tokenizer.json"), text(tokenizerJson()));
    ObjectNode configuration = MAPPER.createObjectNode();
    configuration.put("tokenizer_class", "PreTrainedTokenizerFast");
    configuration.put("eos_token", settings.end());
    configuration.put("pad_token", settings.padding());
    AtomicFile.write(folder.resolve("tokenizer_config.json"), text(configuration));
  }

  private ObjectNode tokenizerJson() {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("version", "1.0");
    json.putNull("truncation");
    json.putNull("padding");
    ArrayNode added = json.putArray("added_tokens");
    for (int id = 0; id < settings.specialTokens().size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", tokens.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    json.putNull("normalizer");
    json.set("pre_tokenizer", byteLevel());
    json.putNull("post_processor");
    json.set("decoder", byteLevel());
    json.set("model", model());
    return json;
  }

  /** Spans keep the blank before a word, so that the tokens of a text cover it without a gap. */
  private static ObjectNode byteLevel() {
    return MAPPER
        .createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", true);
  }

  private ObjectNode model() {
    ObjectNode model = MAPPER.createObjectNode();
    model.put("type", "BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix");
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
    }
    // The older of two forms, which every version reads: letters of bytes hold no blank.
    ArrayNode pairs = model.putArray("merges");
    merges.forEach(merge -> pairs.add(merge.left() + " " + merge.right()));
    return model;
  }

  private static String text(ObjectNode json) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new InternalException("Cannot write a JSON tree", e);
    }
  }

  /** A vocabulary that merges are added to. */
  static final class Growing {
    private final BpeSettings settings;
    private final List<String> tokens;
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<Merge> merges = new ArrayList<>();

    Growing(BpeSettings settings) {
      this.settings = settings;
      this.tokens = new ArrayList<>(settings.specialTokens());
      for (char letter : ByteLetters.inOrder()) {
        idOf(String.valueOf(letter));
      }
    }

    int size() {
      return tokens.size();
    }

    /** The ids of a stretch of byte letters. */
    int[] letters(String stretch) {
      return stretch.chars().map(c -> ids.get(String.valueOf((char) c))).toArray();
    }

    /** Merges two tokens; the id of what they make, which another pair may have made before. */
    int merge(int left, int right) {
      merges.add(new Merge(tokens.get(left), tokens.get(right)));
      return idOf(tokens.get(left) + tokens.get(right));
    }

    BpeVocabulary grown() {
      return new BpeVocabulary(settings, tokens, merges);
    }

    private int idOf(String token) {
      Integer known = ids.putIfAbsent(token, tokens.size());
      if (known == null) {
        tokens.add(token);
        return tokens.size() - 1;
      }
      return known;
    }
  }
}
