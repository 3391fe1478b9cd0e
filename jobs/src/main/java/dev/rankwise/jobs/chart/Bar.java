package dev.rankwise.jobs.chart;

/**
 * A bar that lies along a strip.
 *
 * @param from share of the strip at which it begins, in [0, 1]
 * @param length its share of the strip, in [0, 1]
 * @param ink how it is filled
 * @param title what it says, for those who point at it or cannot see it
 */
public record Bar(double from, double length, Ink ink, String title) {

  /** A bar from the begin of the strip. */
  public static Bar of(double length, Ink ink, String title) {
    return new Bar(0, length, ink, title);
  }
}
