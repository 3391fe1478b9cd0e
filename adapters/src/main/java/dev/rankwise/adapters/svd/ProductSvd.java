package dev.rankwise.adapters.svd;

import java.util.Arrays;

/**
 * The singular value decomposition of a product {@code B·A} of rank at most r, without the product:
 *
 * <pre>
 *   B (out, r) = U₁·S₁·V₁ᵀ        (S₁·V₁ᵀ·A)ᵀ (in, r) = U₂·S·V₂ᵀ        B·A = (U₁·V₂)·S·U₂ᵀ
 * </pre>
 *
 * <p>Each of the two is decomposed by one-sided Jacobi rotations (Hestenes, "Inversion of Matrices
 * by Biorthogonalization and Related Results", 1958), which find small singular values as exactly
 * as large ones and do not mind columns of zeros. Cost is r²·(out + in) a sweep, a handful of
 * sweeps. The order of all sums is fixed, so the same factors give the same bits.
 */
public final class ProductSvd {
  /** Columns whose cosine is no larger count as orthogonal. */
  private static final double ORTHOGONAL = 1e-15;

  private static final int MOST_SWEEPS = 60;

  private ProductSvd() {}

  /**
   * Decomposes {@code B·A}.
   *
   * @param b B by columns, (r, out)
   * @param a A by rows, (r, in)
   */
  public static Svd of(double[][] b, double[][] a) {
    Thin first = Thin.of(b);
    int rank = b.length;
    int in = a[0].length;
    // Row k of S₁·V₁ᵀ·A; as a column of its transpose.
    double[][] core = new double[rank][in];
    for (int k = 0; k < rank; k++) {
      for (int j = 0; j < rank; j++) {
        add(core[k], first.values[k] * first.v[k][j], a[j]);
      }
    }
    Thin second = Thin.of(core);
    double[][] left = new double[rank][b[0].length];
    for (int k = 0; k < rank; k++) {
      if (second.values[k] > 0) {
        for (int j = 0; j < rank; j++) {
          add(left[k], second.v[k][j], first.u[j]);
        }
      }
    }
    return new Svd(second.values, left, second.u);
  }

  private static void add(double[] sum, double factor, double[] vector) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * vector[i];
    }
  }

  /**
   * Of a matrix with few columns. All three by value: {@code u[k]} and {@code v[k]} belong to
   * {@code values[k]}.
   */
  private record Thin(double[] values, double[][] u, double[][] v) {

    static Thin of(double[][] columns) {
      int rank = columns.length;
      double[][] turned = new double[rank][];
      double[][] v = new double[rank][rank];
      for (int k = 0; k < rank; k++) {
        turned[k] = columns[k].clone();
        v[k][k] = 1;
      }
      int sweep = 0;
      while (sweep < MOST_SWEEPS && rotated(turned, v)) {
        sweep++;
      }
      double[] norms = new double[rank];
      Arrays.setAll(norms, k -> Math.sqrt(Svd.dot(turned[k], turned[k])));
      int[] order = Svd.falling(norms);
      double[] values = new double[rank];
      double[][] u = new double[rank][];
      double[][] sorted = new double[rank][];
      for (int k = 0; k < rank; k++) {
        double norm = norms[order[k]];
        values[k] = norm;
        u[k] = turned[order[k]];
        for (int i = 0; norm > 0 && i < u[k].length; i++) {
          u[k][i] /= norm;
        }
        sorted[k] = v[order[k]];
      }
      return new Thin(values, u, sorted);
    }

    /** One sweep over all pairs of columns; whether any of them was not orthogonal yet. */
    private static boolean rotated(double[][] columns, double[][] v) {
      boolean any = false;
      for (int p = 0; p < columns.length; p++) {
        for (int q = p + 1; q < columns.length; q++) {
          double alpha = Svd.dot(columns[p], columns[p]);
          double beta = Svd.dot(columns[q], columns[q]);
          double gamma = Svd.dot(columns[p], columns[q]);
          if (Math.abs(gamma) > ORTHOGONAL * Math.sqrt(alpha) * Math.sqrt(beta)) {
            double zeta = (beta - alpha) / (2 * gamma);
            double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
            double cosine = 1 / Math.sqrt(1 + t * t);
            turn(columns[p], columns[q], cosine, cosine * t);
            turn(v[p], v[q], cosine, cosine * t);
            any = true;
          }
        }
      }
      return any;
    }

    private static void turn(double[] p, double[] q, double cosine, double sine) {
      for (int i = 0; i < p.length; i++) {
        double was = p[i];
        p[i] = cosine * was - sine * q[i];
        q[i] = sine * was + cosine * q[i];
      }
    }
  }
}
