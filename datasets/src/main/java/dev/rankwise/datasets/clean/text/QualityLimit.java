package dev.rankwise.datasets.clean.text;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A number that a rule of quality compares with, and what its paper has for it. */
public enum QualityLimit {
  /** Words of a text, at least. */
  LEAST_WORDS(50),
  /** Words of a text, at most. */
  MOST_WORDS(100_000),
  /** Characters of the mean word, at least. */
  LEAST_WORD_LENGTH(3),
  /** Characters of the mean word, at most. */
  MOST_WORD_LENGTH(10),
  /** Hash signs, or ellipses, for each word, at most. */
  MOST_SYMBOLS(0.1),
  /** Share of lines that start with a bullet, at most. */
  MOST_BULLET_LINES(0.9),
  /** Share of lines that end in an ellipsis, at most. */
  MOST_ELLIPSIS_LINES(0.3),
  /** Share of words that have a letter, at least. */
  LEAST_LETTERS(0.8),
  /** Of the common words, how many different ones, at least. */
  LEAST_STOP_WORDS(2),
  /** Share of lines that stand there before, at most. */
  MOST_REPEATED_LINES(0.3),
  /** Share of paragraphs that stand there before, at most. */
  MOST_REPEATED_PARAGRAPHS(0.3),
  /** Share of characters in such lines, at most. */
  MOST_REPEATED_LINE_CHARACTERS(0.2),
  /** Share of characters in such paragraphs, at most. */
  MOST_REPEATED_PARAGRAPH_CHARACTERS(0.2),
  /** Share of characters in the most frequent run of two words, at most. */
  MOST_TOP_2_WORDS(0.20),
  /** The same of three words. */
  MOST_TOP_3_WORDS(0.18),
  /** The same of four words. */
  MOST_TOP_4_WORDS(0.16),
  /** Share of characters in runs of five words that stand there before, at most. */
  MOST_REPEATED_5_WORDS(0.15),
  /** The same of six words. */
  MOST_REPEATED_6_WORDS(0.14),
  /** The same of seven words. */
  MOST_REPEATED_7_WORDS(0.13),
  /** The same of eight words. */
  MOST_REPEATED_8_WORDS(0.12),
  /** The same of nine words. */
  MOST_REPEATED_9_WORDS(0.11),
  /** The same of ten words. */
  MOST_REPEATED_10_WORDS(0.10),
  /** Sentences of a text, at least. */
  LEAST_SENTENCES(3);

  private final double usual;

  QualityLimit(double usual) {
    this.usual = usual;
  }

  /** What the paper has. */
  public double usual() {
    return usual;
  }

  /** The limit as a recipe calls it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All limits as a recipe calls them. */
  public static List<String> words() {
    return Arrays.stream(values()).map(QualityLimit::word).toList();
  }

  /** The limit that a recipe calls {@code word}. */
  public static Optional<QualityLimit> named(String word) {
    return Arrays.stream(values()).filter(limit -> limit.word().equals(word)).findFirst();
  }
}
