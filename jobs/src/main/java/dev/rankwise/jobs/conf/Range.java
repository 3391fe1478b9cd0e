package dev.rankwise.jobs.conf;

/**
 * The numbers that a key may have, in the notation of intervals: a square bracket includes its end.
 *
 * @param low lower end, or minus infinity
 * @param high upper end, or infinity
 */
record Range(double low, boolean includesLow, double high, boolean includesHigh) {

  /** Reads {@code [0, 1)}, {@code (0, inf)}. */
  static Range of(String notation) {
    String[] ends = notation.substring(1, notation.length() - 1).split(",", -1);
    return new Range(
        end(ends[0].strip()),
        notation.startsWith("["),
        end(ends[1].strip()),
        notation.endsWith("]"));
  }

  private static double end(String text) {
    return text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  boolean contains(double value) {
    boolean above = includesLow ? value >= low : value > low;
    return above && (includesHigh ? value <= high : value < high);
  }

  /** Such as {@code at least 1}, {@code above 0}, {@code in [0, 1)}. */
  String words() {
    if (high == Double.POSITIVE_INFINITY) {
      return (includesLow ? "at least " : "above ") + shown(low);
    }
    return "in %s%s, %s%s"
        .formatted(includesLow ? "[" : "(", shown(low), shown(high), includesHigh ? "]" : ")");
  }

  private static String shown(double end) {
    return end == Math.rint(end) ? Long.toString((long) end) : Double.toString(end);
  }
}
