package dev.rankwise.datasets.clean.text;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Sets of rules by which web text is told to be worth reading. */
public enum QualityRules {
  /**
   * Length, words, symbols, lines, letters and common words: Rae et al. 2021, <em>Scaling Language
   * Models: Methods, Analysis and Insights from Training Gopher</em>, appendix A.1.1, "quality
   * filtering".
   */
  GOPHER_QUALITY,
  /** Repeated lines, paragraphs and runs of words: the same appendix, table A1. */
  GOPHER_REPETITION,
  /**
   * Sentences and boilerplate: Raffel et al. 2020, <em>Exploring the Limits of Transfer
   * Learning</em>, section 2.2. Its rules for lines take lines out of a page; a row is a text as a
   * whole, so here a line about cookies, terms of use or JavaScript takes out the row, and a line
   * without a full stop nothing. Its list of bad words is not used.
   */
  C4;

  /** The set as a recipe calls it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All sets as a recipe calls them. */
  public static List<String> words() {
    return Arrays.stream(values()).map(QualityRules::word).toList();
  }

  /** The set that a recipe calls {@code word}. */
  public static QualityRules named(String word) {
    return Arrays.stream(values())
        .filter(rules -> rules.word().equals(word))
        .findFirst()
        .orElseThrow();
  }
}
