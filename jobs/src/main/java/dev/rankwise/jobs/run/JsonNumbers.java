package dev.rankwise.jobs.run;

/** JSON has no word for numbers that are not finite. */
final class JsonNumbers {

  private JsonNumbers() {}

  /** The value itself; null for a number that is not finite, so that every reader can read it. */
  static Object finite(Object value) {
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }
}
