package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How many times as long a text may become by the replacements of a tokenizer's file. Forty that
 * each write a letter twice make a terabyte of one letter, and the native library, which finds no
 * memory for it, ends the whole process.
 */
final class GrowthRules {
  /** Files in use come to 3, a blank that becomes three bytes. */
  private static final double MOST = 4096;

  private GrowthRules() {}

  /** What is wrong with a normalizer or a decoder, itself or a sequence of them. */
  static Optional<String> problem(JsonNode step) {
    return growth(step) <= MOST
        ? Optional.empty()
        : Optional.of(
            "its replacements may make a text over %s times as long".formatted((int) MOST));
  }

  /** The product over all steps: each works on what the ones before it made. */
  private static double growth(JsonNode step) {
    double growth = replacement(step);
    for (String list : new String[] {"normalizers", "decoders"}) {
      for (JsonNode inner : step.path(list)) {
        growth *= growth(inner);
      }
    }
    return growth;
  }

  /** A text is found where it stands; an expression may match between any two characters. */
  private static double replacement(JsonNode step) {
    JsonNode found = step.path("pattern").path("String");
    int written = bytes(step.path("content").asText());
    // By its fields: where a step names no type, the library goes by these.
    if (!step.has("pattern") || !step.has("content")) {
      return 1;
    }
    boolean text = found.isTextual() && !found.textValue().isEmpty();
    return text ? Math.max(1, (double) written / bytes(found.textValue())) : 1 + written;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
