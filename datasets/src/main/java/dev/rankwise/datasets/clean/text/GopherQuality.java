package dev.rankwise.datasets.clean.text;

import static dev.rankwise.datasets.clean.text.QualityLimit.LEAST_LETTERS;
import static dev.rankwise.datasets.clean.text.QualityLimit.LEAST_STOP_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.LEAST_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.LEAST_WORD_LENGTH;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_BULLET_LINES;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_ELLIPSIS_LINES;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_SYMBOLS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_WORD_LENGTH;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The quality rules of Rae et al. 2021, appendix A.1.1. A word is what white space parts; words of
 * punctuation alone count neither for the number of words nor for their mean length, as in
 * datatrove's {@code GopherQualityFilter}, to whose tokenizer each mark of punctuation is a word of
 * its own: of texts with much code in them that one keeps fewer.
 */
final class GopherQuality {
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern ELLIPSIS = Pattern.compile("\\.\\.\\.|\u2026");
  private static final Set<String> STOP_WORDS =
      Set.of("the", "be", "to", "of", "and", "that", "have", "with");
  private static final List<String> BULLETS = List.of("\u2022", "-", "*", "\u2023", "\u25E6");

  private GopherQuality() {}

  static Optional<RejectionReason> problem(String text, TextQuality quality) {
    List<String> all = Arrays.stream(SPACE.split(text)).filter(word -> !word.isEmpty()).toList();
    List<String> words = all.stream().filter(GopherQuality::isSpoken).toList();
    if (outside(words.size(), quality.limit(LEAST_WORDS), quality.limit(MOST_WORDS))) {
      return Optional.of(RejectionReason.WORD_COUNT);
    }
    // Mean length: Σ characters of the words / number of words.
    double length = words.stream().mapToInt(GopherQuality::characters).average().orElse(0);
    if (outside(length, quality.limit(LEAST_WORD_LENGTH), quality.limit(MOST_WORD_LENGTH))) {
      return Optional.of(RejectionReason.WORD_LENGTH);
    }
    // Symbols to words: (number of # or of ellipses) / number of words.
    double hashes = (double) text.chars().filter(it -> it == '#').count() / all.size();
    double ellipses = (double) ELLIPSIS.matcher(text).results().count() / all.size();
    if (Math.max(hashes, ellipses) > quality.limit(MOST_SYMBOLS)) {
      return Optional.of(RejectionReason.SYMBOLS);
    }
    if (share(text, GopherQuality::isBullet) > quality.limit(MOST_BULLET_LINES)
        || share(text, GopherQuality::breaksOff) > quality.limit(MOST_ELLIPSIS_LINES)) {
      return Optional.of(RejectionReason.LIST_LINES);
    }
    double lettered = all.stream().filter(GopherQuality::hasLetter).count();
    if (lettered / all.size() < quality.limit(LEAST_LETTERS)) {
      return Optional.of(RejectionReason.FEW_LETTERS);
    }
    long common =
        all.stream()
            .map(word -> word.toLowerCase(Locale.ROOT))
            .filter(STOP_WORDS::contains)
            .distinct()
            .count();
    return common < quality.limit(LEAST_STOP_WORDS)
        ? Optional.of(RejectionReason.FEW_STOP_WORDS)
        : Optional.empty();
  }

  private static boolean outside(double value, double least, double most) {
    return value < least || value > most;
  }

  private static int characters(String word) {
    return word.codePointCount(0, word.length());
  }

  private static boolean isSpoken(String word) {
    return word.codePoints().anyMatch(Character::isLetterOrDigit);
  }

  private static boolean hasLetter(String word) {
    return word.codePoints().anyMatch(Character::isLetter);
  }

  /** Share of the lines that are not blank. */
  private static double share(String text, Predicate<String> rule) {
    List<String> lines = text.lines().map(String::strip).filter(it -> !it.isEmpty()).toList();
    return lines.isEmpty() ? 0 : (double) lines.stream().filter(rule).count() / lines.size();
  }

  private static boolean isBullet(String line) {
    return BULLETS.stream().anyMatch(line::startsWith);
  }

  private static boolean breaksOff(String line) {
    return line.endsWith("...") || line.endsWith("\u2026");
  }
}
