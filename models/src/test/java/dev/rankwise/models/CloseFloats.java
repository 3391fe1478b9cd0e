package dev.rankwise.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * Compares long arrays of floats. AssertJ's own comparison looks for each element among all others
 * before it fails, which takes minutes where a broken kernel has changed thousands.
 */
public final class CloseFloats {
  private CloseFloats() {}

  /**
   * As {@link #requireClose} with a tolerance that is a share of the largest magnitude expected:
   * sums taken in another order differ by roundings of their size, and by which ones goes by the
   * processor.
   */
  public static void requireCloseForTheirSize(float[] found, float[] expected, double share) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    requireClose(found, expected, share * largest);
  }

  /**
   * Fails with the place of the largest difference if it is over the tolerance, or not a number.
   */
  public static void requireClose(float[] found, float[] expected, double tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    int at = -1;
    double largest = tolerance;
    for (int i = 0; i < found.length; i++) {
      double difference = Math.abs((double) found[i] - expected[i]);
      if (difference > largest || Double.isNaN(difference)) {
        at = i;
        largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
      }
    }
    if (at >= 0) {
      fail(
          "Element %s is %s where %s was expected, within %s: no other is further off",
          at, found[at], expected[at], tolerance);
    }
  }
}
