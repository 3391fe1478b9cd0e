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
