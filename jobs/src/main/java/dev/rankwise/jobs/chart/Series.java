package dev.rankwise.jobs.chart;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.List;

/**
 * Values along an axis, in its order. A value that is not finite is a gap.
 *
 * @param name what the legend calls it
 * @param ink how it is drawn
 * @param x places, ascending, (points)
 * @param y values, (points)
 */
public record Series(String name, Ink ink, double[] x, double[] y) {
  /** A point of a line. */
  record Point(double x, double y) {}

  public Series {
    x = x.clone();
    y = y.clone();
    if (x.length != y.length) {
      throw new InternalException(
          "Cannot draw " + x.length + " places with " + y.length + " values");
    }
  }

  @Override
  public double[] x() {
    return x.clone();
  }

  @Override
  public double[] y() {
    return y.clone();
  }

  /** The largest finite value, 0 if there is none above. */
  double highest() {
    double highest = 0;
    for (double value : y) {
      highest = Double.isFinite(value) ? Math.max(highest, value) : highest;
    }
    return highest;
  }

  /** How many values are not finite. */
  int gaps() {
    int gaps = 0;
    for (double value : y) {
      gaps += Double.isFinite(value) ? 0 : 1;
    }
    return gaps;
  }

  /** Places of at most {@code most} values that are not finite. */
  List<Double> gapPlaces(int most) {
    List<Double> places = new ArrayList<>();
    for (int i = 0; i < y.length && places.size() < most; i++) {
      if (!Double.isFinite(y[i])) {
        places.add(x[i]);
      }
    }
    return places;
  }

  /**
   * The lines between gaps. Of more than {@code 2·buckets} points only the least and the largest
   * value of each bucket of neighbours are kept, so that a peak of one step stays to be seen.
   */
  List<List<Point>> lines(int buckets) {
    int width = y.length <= 2 * buckets ? 1 : (y.length + buckets - 1) / buckets;
    List<List<Point>> lines = new ArrayList<>();
    List<Point> line = new ArrayList<>();
    for (int from = 0; from < y.length; from += width) {
      int to = Math.min(y.length, from + width);
      List<Point> kept = extremes(from, to);
      if (kept.isEmpty() && !line.isEmpty()) {
        lines.add(line);
        line = new ArrayList<>();
      }
      line.addAll(kept);
    }
    if (!line.isEmpty()) {
      lines.add(line);
    }
    return lines;
  }

  private List<Point> extremes(int from, int to) {
    int least = -1;
    int largest = -1;
    for (int i = from; i < to; i++) {
      if (Double.isFinite(y[i])) {
        least = least < 0 || y[i] < y[least] ? i : least;
        largest = largest < 0 || y[i] > y[largest] ? i : largest;
      }
    }
    if (least < 0) {
      return List.of();
    }
    Point first = new Point(x[Math.min(least, largest)], y[Math.min(least, largest)]);
    Point second = new Point(x[Math.max(least, largest)], y[Math.max(least, largest)]);
    return least == largest ? List.of(first) : List.of(first, second);
  }

  /**
   * The series smoothed: each value becomes the mean of the finite values at most {@code span/2}
   * places before and after it, so that the smooth line does not lag behind a fall as one would
   * that looks back only. Without a finite value in the window there is a gap.
   */
  public Series smoothed(String name, Ink ink, int span) {
    double[] smooth = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      double sum = 0;
      int finite = 0;
      for (int j = Math.max(0, i - span / 2); j <= Math.min(y.length - 1, i + span / 2); j++) {
        if (Double.isFinite(y[j])) {
          sum += y[j];
          finite++;
        }
      }
      smooth[i] = finite > 0 ? sum / finite : Double.NaN;
    }
    return new Series(name, ink, x, smooth);
  }
}
