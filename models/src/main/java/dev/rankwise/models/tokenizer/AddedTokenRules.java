package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.text.CountedText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What is left of an added token that is looked for in normalized texts. Where nothing is, the
 * native library looks for a word of no characters, and ends the whole process.
 */
final class AddedTokenRules {
  private AddedTokenRules() {}

  /** What is wrong with the added tokens of a file. */
  static Optional<String> problem(JsonNode tokenizer) {
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (token.path("normalized").asBoolean(false)
          && left(token.path("content").asText(), tokenizer.path("normalizer")).isEmpty()) {
        return Optional.of(
            "its normalizer leaves nothing of the added token with id %s"
                .formatted(token.path("id").asText()));
      }
    }
    return Optional.empty();
  }

  /**
   * What a normalizer leaves of a text, at least: of steps that take characters out it is not
   * always known here which, and then all are that any such step takes.
   */
  private static String left(String text, JsonNode step) {
    String left = text;
    for (JsonNode inner : step.path("normalizers")) {
      left = left(left, inner);
    }
    if (step.has("pattern") && step.has("content")) {
      return replaced(left, step.path("pattern"), step.path("content").asText());
    }
    // Controls and marks, and of maps that sentencepiece compiled blanks too.
    return switch (step.path("type").asText()) {
      case "StripAccents", "BertNormalizer", "Nmt" -> left.replaceAll("[\\p{C}\\p{M}]", "");
      case "Precompiled" -> left.replaceAll("[\\p{C}\\p{M}\\p{Z}]", "");
      case "Strip" -> left.strip();
      default -> left;
    };
  }

  private static String replaced(String text, JsonNode pattern, String content) {
    if (pattern.path("String").isTextual()) {
      return text.replace(pattern.path("String").textValue(), content);
    }
    try {
      return Pattern.compile(pattern.path("Regex").asText())
          .matcher(new CountedText(text, BacktracksException::new))
          .replaceAll(Matcher.quoteReplacement(content));
    } catch (PatternSyntaxException | BacktracksException e) {
      // It is of the library's own dialect, or too long to follow, and may match anything.
      return content;
    }
  }

  /** An expression that cannot be followed to its end. */
  private static final class BacktracksException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
