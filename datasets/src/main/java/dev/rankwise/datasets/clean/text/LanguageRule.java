package dev.rankwise.datasets.clean.text;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * The languages that a text may have.
 *
 * @param codes their codes, two letters of ISO 639-1 or three of ISO 639-3, of which the likeliest
 *     language must be one; empty for any language
 */
public record LanguageRule(List<String> codes) implements Serializable {
  /** Any language. */
  public static final LanguageRule ANY = new LanguageRule(List.of());

  public LanguageRule {
    codes = codes.stream().map(code -> code.strip().toLowerCase(Locale.ROOT)).distinct().toList();
    for (String code : codes) {
      if (LanguageGuess.known(code).isEmpty()) {
        throw new UserInputException(
            "Unknown language: \"%s\" (must be a code of ISO 639 such as en or deu, among %s); mend data.languages"
                .formatted(code, String.join(", ", LanguageGuess.allKnown())));
      }
    }
  }

  /** Whether every language will do. */
  public boolean isAny() {
    return codes.isEmpty();
  }
}
