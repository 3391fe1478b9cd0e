package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What merges of pairs must hold where pieces inside a word have a prefix. The native library cuts
 * it off the second of each pair without looking, and ends the whole process where it cannot.
 */
final class MergeRules {
  private static final int CONTINUES = 0x80;
  private static final int LEADING_BITS = 0xC0;

  private MergeRules() {}

  /** What is wrong with the merges of a model of byte pairs. */
  static Optional<String> problem(JsonNode model) {
    int prefix = utf8(model.path("continuing_subword_prefix").asText("")).length;
    if (model.path("continuing_subword_prefix").isTextual() && prefix > 0) {
      for (JsonNode merge : model.path("merges")) {
        // Older files write a pair as one text with a blank.
        String pair = merge.asText();
        String second =
            merge.isArray() ? merge.path(1).asText() : pair.substring(pair.indexOf(' ') + 1);
        if (!isCut(utf8(second), prefix)) {
          return Optional.of("a merge's second piece lacks the prefix of pieces inside a word");
        }
      }
    }
    return Optional.empty();
  }

  /** Whether so many bytes can be cut off: they are there, and end where a character does. */
  private static boolean isCut(byte[] piece, int bytes) {
    return piece.length == bytes
        || (piece.length > bytes && (piece[bytes] & LEADING_BITS) != CONTINUES);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
