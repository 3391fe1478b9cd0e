package dev.rankwise.adapters.svd;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A singular value decomposition {@code M = Σ_k values[k]·left[k]·right[k]ᵀ} of a matrix (out, in).
 *
 * @param values singular values, falling
 * @param left left singular vectors, (k, out), of the largest values: row k belongs to value k, and
 *     is zero where the value is
 * @param right right singular vectors, (k, in), likewise
 */
public record Svd(double[] values, double[][] left, double[][] right) {

  /** The places of values, that of the largest first; of equal ones in their order. */
  static int[] falling(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer k) -> -values[k]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  static double dot(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }
}
