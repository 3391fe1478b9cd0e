package dev.rankwise.models.quantized;

import java.util.Arrays;

/**
 * The 256 values that eight bits stand for where block scales are themselves quantised: for each i
 * from 0 to 6 the interval [0.1, 1] is cut into 2^i equal parts, whose midpoints times ±10^(i − 6)
 * are values; with 0 and 1 these are 256. Source: "8-bit Approximations for Parallelism in Deep
 * Learning" (arXiv 1511.04561), section 3; the float32 arithmetic is that of bitsandbytes.
 */
final class DynamicMap {
  static final int SIZE = 256;

  private static final float GRID = 32_767.5f;
  private static final int EXPONENTS = 7;
  private static final float[] VALUES = values();

  private DynamicMap() {}

  /** The values, ascending. */
  static float[] standard() {
    return VALUES.clone();
  }

  /**
   * The index whose value is nearest to a number, of two equally near ones the lower. The number is
   * first rounded to one of 65,536 evenly spaced ones, in float32, as the bytes of bitsandbytes
   * show; it matters within 2^-16 of the middle between two values.
   *
   * @param number from −1 to 1
   */
  static int nearest(float number) {
    int step = (int) ((number + 1) * GRID + 0.5f);
    double rounded = step / (double) GRID - 1;
    int low = 0;
    int high = SIZE - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (VALUES[middle] <= rounded) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    boolean last = low == SIZE - 1;
    return last || rounded - VALUES[low] <= VALUES[low + 1] - rounded ? low : low + 1;
  }

  private static float[] values() {
    float[] values = new float[SIZE];
    int next = 0;
    for (int i = 0; i < EXPONENTS; i++) {
      int parts = 1 << i;
      float scale = (float) Math.pow(10, i - EXPONENTS + 1);
      for (int part = 0; part < parts; part++) {
        float middle = (boundary(part, parts) + boundary(part + 1, parts)) / 2;
        values[next++] = scale * middle;
        values[next++] = -(scale * middle);
      }
    }
    values[next++] = 0;
    values[next] = 1;
    Arrays.sort(values);
    return values;
  }

  /** Evenly spaced from 0.1 to 1, counted from the nearer end. */
  private static float boundary(int index, int parts) {
    float step = (1 - 0.1f) / parts;
    return index < (parts + 1) / 2
        ? Math.fma(step, (float) index, 0.1f)
        : Math.fma(-step, (float) (parts - index), 1);
  }
}
