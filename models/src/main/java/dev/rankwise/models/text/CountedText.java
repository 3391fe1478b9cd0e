package dev.rankwise.models.text;

import java.util.function.Supplier;

/**
 * A text while an expression is matched on it. Expressions come from files of strangers, and one
 * that backtracks without end would hold a whole command; this one counts how often a character is
 * read and ends the match.
 */
public final class CountedText implements CharSequence {
  /** How often characters are read before a match is given up. */
  public static final int MOST_READS = 1_000_000;

  private final String text;
  private final Supplier<? extends RuntimeException> failure;
  private int reads;

  /**
   * A text of which nothing was read.
   *
   * @param failure what a match ends with that still reads after {@value #MOST_READS} characters
   */
  public CountedText(String text, Supplier<? extends RuntimeException> failure) {
    this.text = text;
    this.failure = failure;
  }

  @Override
  public char charAt(int index) {
    reads++;
    if (reads > MOST_READS) {
      throw failure.get();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
