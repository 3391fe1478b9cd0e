package dev.rankwise.datasets.clean.text;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Rules of C4 (Raffel et al. 2020, section 2.2) for a text as a whole: see {@link QualityRules#C4}.
 */
final class WebBoilerplate {
  private static final List<String> PLACEHOLDERS = List.of("lorem ipsum", "{");
  private static final List<String> LINES =
      List.of(
          "javascript",
          "terms of use",
          "privacy policy",
          "cookie policy",
          "uses cookies",
          "use of cookies",
          "use cookies");

  /** A sentence ends with a mark, then perhaps quotes and brackets, then space or the end. */
  private static final Pattern SENTENCE_END =
      Pattern.compile(
          "[.!?\u3002\uFF01\uFF1F][\"'\u201D\u2019)\\]]{0,3}(?:\\s|$)|[\u3002\uFF01\uFF1F]");

  private WebBoilerplate() {}

  static Optional<RejectionReason> problem(String text, TextQuality quality) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (PLACEHOLDERS.stream().anyMatch(lower::contains)
        || LINES.stream().anyMatch(lower::contains)) {
      return Optional.of(RejectionReason.BOILERPLATE);
    }
    long sentences = SENTENCE_END.matcher(text).results().count();
    return sentences < quality.limit(QualityLimit.LEAST_SENTENCES)
        ? Optional.of(RejectionReason.FEW_SENTENCES)
        : Optional.empty();
  }
}
