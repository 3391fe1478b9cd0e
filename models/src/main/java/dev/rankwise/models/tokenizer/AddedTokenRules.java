package dev.rankwise.models.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is left of an added token that is looked for in normalized texts. Where nothing is, the
 * native library looks for a word of no characters, and ends the whole process.
 *
 * <p>The library itself is asked: by a tokenizer that has the normalizer alone, and for which each
 * text that is not empty is one unknown word.
 */
final class AddedTokenRules {
  private static final TokenizersLibrary LIBRARY = TokenizersLibrary.LIB;
  private static final String UNKNOWN = "<unk>";

  private AddedTokenRules() {}

  /**
   * What is wrong with the added tokens of a file whose steps are sound by themselves. The library
   * must be loaded.
   *
   * @throws RuntimeException if the library refuses the normalizer
   */
  static Optional<String> problem(JsonNode tokenizer) {
    List<JsonNode> normalized = new ArrayList<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (token.path("normalized").asBoolean(false)) {
        normalized.add(token);
      }
    }
    if (normalized.isEmpty() || !tokenizer.path("normalizer").isObject()) {
      return Optional.empty();
    }
    long handle = LIBRARY.createTokenizerFromString(alone(tokenizer.get("normalizer")));
    try {
      return normalized.stream()
          .filter(token -> isNothing(handle, token.path("content").asText()))
          .findFirst()
          .map(
              token ->
                  "its normalizer leaves nothing of the added token with id %s"
                      .formatted(token.path("id").asText()));
    } finally {
      LIBRARY.deleteTokenizer(handle);
    }
  }

  private static boolean isNothing(long handle, String text) {
    long encoding = LIBRARY.encode(handle, text, false);
    try {
      return LIBRARY.getTokenIds(encoding).length == 0;
    } finally {
      LIBRARY.deleteEncoding(encoding);
    }
  }

  private static String alone(JsonNode normalizer) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    json.putArray("added_tokens");
    json.set("normalizer", normalizer);
    ObjectNode model = json.putObject("model").put("type", "WordLevel").put("unk_token", UNKNOWN);
    model.putObject("vocab").put(UNKNOWN, 0);
    return json.toString();
  }
}
