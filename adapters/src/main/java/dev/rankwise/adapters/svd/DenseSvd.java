package dev.rankwise.adapters.svd;

import java.util.Arrays;

/**
 * The singular value decomposition of a matrix M (out, in), by the eigenvalues of its Gram matrix
 * on the shorter side:
 *
 * <pre>
 *   M·Mᵀ = U·S²·Uᵀ, V = Mᵀ·U·S⁻¹     or     Mᵀ·M = V·S²·Vᵀ, U = M·V·S⁻¹
 * </pre>
 *
 * <p>Squaring costs half the digits: a singular value is exact to about 1e-16 of the largest,
 * squared and divided by itself, so one of a thousandth of the largest to 1e-10. That is far below
 * what weights in float32 hold. Cost is about {@code out·in·n + 3·n³}, n the shorter side, with
 * vectors twice that.
 */
public final class DenseSvd {
  private DenseSvd() {}

  /**
   * Decomposes a matrix.
   *
   * @param matrix (out, in) row-major, finite
   * @param most how many singular vectors of each side are wanted, of the largest values; 0 for the
   *     values alone
   */
  public static Svd of(float[] matrix, int out, int in, int most) {
    boolean wide = out <= in;
    double[][] rows = wide ? rows(matrix, out, in) : columns(matrix, out, in);
    int wanted = Math.min(most, rows.length);
    SymmetricEigen eigen = SymmetricEigen.of(gram(rows), wanted > 0);
    double[] values = new double[rows.length];
    Arrays.setAll(values, k -> Math.sqrt(Math.max(0, eigen.values()[k])));
    double[][] near = new double[wanted][];
    double[][] far = new double[wanted][];
    for (int k = 0; k < wanted; k++) {
      near[k] = values[k] > 0 ? eigen.vectors()[k] : new double[rows.length];
      far[k] = through(rows, near[k]);
      scale(far[k]);
    }
    return wide ? new Svd(values, near, far) : new Svd(values, far, near);
  }

  private static double[][] rows(float[] matrix, int out, int in) {
    double[][] rows = new double[out][in];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        rows[o][i] = matrix[o * in + i];
      }
    }
    return rows;
  }

  private static double[][] columns(float[] matrix, int out, int in) {
    double[][] columns = new double[in][out];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        columns[i][o] = matrix[o * in + i];
      }
    }
    return columns;
  }

  private static double[][] gram(double[][] rows) {
    double[][] gram = new double[rows.length][rows.length];
    for (int p = 0; p < rows.length; p++) {
      for (int q = 0; q <= p; q++) {
        gram[p][q] = Svd.dot(rows[p], rows[q]);
        gram[q][p] = gram[p][q];
      }
    }
    return gram;
  }

  /** {@code Σ_p vector[p]·rows[p]}. */
  private static double[] through(double[][] rows, double[] vector) {
    double[] sum = new double[rows[0].length];
    for (int p = 0; p < rows.length; p++) {
      double factor = vector[p];
      double[] row = rows[p];
      for (int i = 0; i < sum.length; i++) {
        sum[i] += factor * row[i];
      }
    }
    return sum;
  }

  private static void scale(double[] vector) {
    double norm = Math.sqrt(Svd.dot(vector, vector));
    for (int i = 0; norm > 0 && i < vector.length; i++) {
      vector[i] /= norm;
    }
  }
}
