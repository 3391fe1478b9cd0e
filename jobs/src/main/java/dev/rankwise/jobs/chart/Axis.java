package dev.rankwise.jobs.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A linear axis from {@code low} to {@code high} with round marks: their distance is 1, 2 or 5
 * times a power of ten.
 *
 * @param low value at the axis' begin
 * @param high value at its end, above {@code low}
 * @param distance distance of two marks
 */
public record Axis(double low, double high, double distance) {
  private static final double[] STEPS = {1, 2, 5, 10};
  // Where numbers of an axis become too long to stand beside it.
  private static final double LONG_ABOVE = 1e5;
  private static final double LONG_BELOW = 1e-4;

  /** An axis from 0 that ends at the first mark at or above {@code highest}. */
  public static Axis fromZero(double highest, int marks) {
    double end = Double.isFinite(highest) && highest > 0 ? highest : 1;
    double distance = distance(end / marks);
    return new Axis(0, Math.ceil(end / distance - 1e-9) * distance, distance);
  }

  /** An axis from the last mark at or below {@code low} to the first at or above {@code high}. */
  public static Axis around(double low, double high, int marks) {
    if (!(high > low)) {
      double least = Double.isFinite(low) ? low : 0;
      double half = least == 0 ? 1 : Math.abs(least) / 2;
      return around(least - half, least + half, marks);
    }
    double distance = distance((high - low) / marks);
    return new Axis(
        Math.floor(low / distance + 1e-9) * distance,
        Math.ceil(high / distance - 1e-9) * distance,
        distance);
  }

  /**
   * An axis from {@code low} to {@code high} exactly, for whole numbers such as steps; around a
   * single number one more on each side.
   */
  public static Axis whole(long low, long high, int marks) {
    if (low >= high) {
      return new Axis(low - 1, low + 1, 1);
    }
    return new Axis(low, high, Math.max(1, distance((double) (high - low) / marks)));
  }

  /** The least round number at or above {@code least}. */
  private static double distance(double least) {
    // Nothing that is drawn needs marks closer than this, and its reciprocal is still a number.
    double bounded = Math.max(least, 1e-300);
    double power = StrictMath.pow(10, Math.floor(StrictMath.log10(bounded)));
    for (double step : STEPS) {
      if (step * power >= bounded * (1 - 1e-9)) {
        return step * power;
      }
    }
    return 10 * power;
  }

  /** Where {@code value} lies between {@code low} (0) and {@code high} (1), kept within both. */
  public double share(double value) {
    return Math.max(0, Math.min(1, (value - low) / (high - low)));
  }

  /** The values that are marked, all within the axis. */
  public List<Double> marks() {
    List<Double> marks = new ArrayList<>();
    long first = (long) Math.ceil(low / distance - 1e-9);
    long last = (long) Math.floor(high / distance + 1e-9);
    for (long i = first; i <= last; i++) {
      marks.add(i * distance);
    }
    return marks;
  }

  /** How a mark is written: with the digits that tell it from its neighbours. */
  public String label(double mark) {
    if (mark == 0) {
      return "0";
    }
    double largest = Math.max(Math.abs(low), Math.abs(high));
    if (largest >= LONG_ABOVE && largest < 1e15) {
      return NumberText.inShort(mark);
    }
    if (largest >= LONG_ABOVE || distance < LONG_BELOW) {
      return NumberText.plain(mark);
    }
    int decimals = (int) Math.max(0, -Math.floor(StrictMath.log10(distance) + 1e-9));
    return String.format(Locale.ROOT, "%,." + decimals + "f", mark);
  }
}
