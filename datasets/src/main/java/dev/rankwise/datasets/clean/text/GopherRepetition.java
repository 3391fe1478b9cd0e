package dev.rankwise.datasets.clean.text;

import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_10_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_5_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_6_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_7_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_8_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_9_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_LINES;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_LINE_CHARACTERS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_PARAGRAPHS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_REPEATED_PARAGRAPH_CHARACTERS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_TOP_2_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_TOP_3_WORDS;
import static dev.rankwise.datasets.clean.text.QualityLimit.MOST_TOP_4_WORDS;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The repetition rules of Rae et al. 2021, table A1, counted as datatrove's {@code
 * GopherRepetitionFilter} counts them: a share of characters is one of the whole text, white space
 * between words included, while the characters of a run of words are those of its words joined by
 * one space (most frequent) or by nothing (repeated).
 */
final class GopherRepetition {
  private static final Pattern PARAGRAPHS = Pattern.compile("\\n{2,}");
  private static final Pattern LINES = Pattern.compile("\\n+");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private static final List<QualityLimit> TOP =
      List.of(MOST_TOP_2_WORDS, MOST_TOP_3_WORDS, MOST_TOP_4_WORDS);
  private static final int FIRST_TOP = 2;
  private static final List<QualityLimit> REPEATED =
      List.of(
          MOST_REPEATED_5_WORDS,
          MOST_REPEATED_6_WORDS,
          MOST_REPEATED_7_WORDS,
          MOST_REPEATED_8_WORDS,
          MOST_REPEATED_9_WORDS,
          MOST_REPEATED_10_WORDS);
  private static final int FIRST_REPEATED = 5;

  private GopherRepetition() {}

  static Optional<RejectionReason> problem(String text, TextQuality quality) {
    String stripped = text.strip();
    Repeats paragraphs = Repeats.of(PARAGRAPHS.split(stripped));
    Repeats lines = Repeats.of(LINES.split(stripped));
    if (paragraphs.share() > quality.limit(MOST_REPEATED_PARAGRAPHS)
        || paragraphs.of(stripped) > quality.limit(MOST_REPEATED_PARAGRAPH_CHARACTERS)
        || lines.share() > quality.limit(MOST_REPEATED_LINES)
        || lines.of(stripped) > quality.limit(MOST_REPEATED_LINE_CHARACTERS)) {
      return Optional.of(RejectionReason.REPEATED_LINES);
    }
    String[] words = SPACE.split(stripped);
    for (int i = 0; i < TOP.size(); i++) {
      if (top(words, FIRST_TOP + i) > quality.limit(TOP.get(i)) * stripped.length()) {
        return Optional.of(RejectionReason.REPEATED_WORDS);
      }
    }
    for (int i = 0; i < REPEATED.size(); i++) {
      double most = quality.limit(REPEATED.get(i)) * stripped.length();
      if (repeated(words, FIRST_REPEATED + i) > most) {
        return Optional.of(RejectionReason.REPEATED_WORDS);
      }
    }
    return Optional.empty();
  }

  /** Characters in the most frequent run of {@code n} words: length · times, 0 if it is once. */
  private static long top(String[] words, int n) {
    Map<String, Integer> times = new LinkedHashMap<>();
    for (int i = 0; i + n <= words.length; i++) {
      times.merge(run(words, i, n, " "), 1, Integer::sum);
    }
    int most = times.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    return most < 2
        ? 0
        : times.entrySet().stream()
            .filter(it -> it.getValue() == most)
            .mapToLong(it -> (long) it.getKey().length() * most)
            .max()
            .orElse(0);
  }

  /** Characters in runs of {@code n} words that stand there before, each counted once. */
  private static long repeated(String[] words, int n) {
    Set<String> seen = new LinkedHashSet<>();
    long characters = 0;
    int i = 0;
    while (i + n <= words.length) {
      String run = run(words, i, n, "");
      if (seen.add(run)) {
        i++;
      } else {
        characters += run.length();
        i += n;
      }
    }
    return characters;
  }

  private static String run(String[] words, int first, int n, String between) {
    return String.join(between, Arrays.asList(words).subList(first, first + n));
  }

  /**
   * Parts that stand there before.
   *
   * @param parts how many parts there are
   * @param repeated of which so many stand there before
   * @param characters of which so many
   */
  private record Repeats(int parts, int repeated, long characters) {
    static Repeats of(String[] parts) {
      Set<String> seen = new LinkedHashSet<>();
      int repeated = 0;
      long characters = 0;
      for (String part : parts) {
        if (!seen.add(part)) {
          repeated++;
          characters += part.length();
        }
      }
      return new Repeats(parts.length, repeated, characters);
    }

    double share() {
      return (double) repeated / parts;
    }

    double of(String text) {
      return text.isEmpty() ? 0 : (double) characters / text.length();
    }
  }
}
