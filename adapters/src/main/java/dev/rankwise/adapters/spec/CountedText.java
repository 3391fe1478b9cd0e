package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;

/**
 * A module's path while an expression is matched on it. Expressions come from files of strangers,
 * and one that backtracks without end would hold a whole command; this one counts how often a
 * character is read and ends the match.
 */
final class CountedText implements CharSequence {
  private static final int MOST_READS = 1_000_000;

  private final String text;
  private final String expression;
  private int reads;

  CountedText(String text, String expression) {
    this.text = text;
    this.expression = expression;
  }

  @Override
  public char charAt(int index) {
    reads++;
    if (reads > MOST_READS) {
      throw new UserInputException(
          ("Cannot match the regular expression \"%s\" on module %s: it still backtracks after %s"
                  + " steps; write it without repetitions inside repetitions")
              .formatted(PrintableText.of(expression, ModuleChoice.MOST_SHOWN), text, MOST_READS));
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
