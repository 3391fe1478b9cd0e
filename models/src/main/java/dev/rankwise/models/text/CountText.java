package dev.rankwise.models.text;

import java.util.Locale;

/** Counts beside the name of what is counted: {@code 1 step}, {@code 82,192 steps}. */
public final class CountText {
  private CountText() {}

  /**
   * A count.
   *
   * @param one what one of them is called; several have an "s" behind it
   */
  public static String of(long count, String one) {
    return String.format(Locale.ROOT, "%,d %s%s", count, one, count == 1 ? "" : "s");
  }
}
