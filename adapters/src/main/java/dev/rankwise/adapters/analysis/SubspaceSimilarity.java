package dev.rankwise.adapters.analysis;

/**
 * How far two updates act in the same directions:
 *
 * <pre>
 *   φ(i, j) = ‖U_iᵀ·V_j‖²_F / min(i, j)
 * </pre>
 *
 * <p>with the first i singular vectors of one and the first j of the other: 1 where the smaller
 * space lies within the larger, 0 where they are at right angles, about {@code max(i, j) / n} of
 * two spaces at random in n dimensions.
 *
 * <p>Source: Hu et al., "LoRA" (arXiv 2106.09685), section 7.2, equation 4. The paper takes the
 * vectors of the factor A; here they are those of the update itself, in which A and B weigh each
 * other, so that methods without factors can be compared too.
 */
public final class SubspaceSimilarity {
  private SubspaceSimilarity() {}

  /**
   * φ of all beginnings of two lists of vectors.
   *
   * @param one orthonormal vectors, (k, n); zeros where there is none
   * @param other likewise, (l, n)
   * @return φ(i + 1, j + 1), (k, l)
   */
  public static double[][] of(double[][] one, double[][] other) {
    double[][] similarity = new double[one.length][other.length];
    for (int i = 0; i < one.length; i++) {
      double inRow = 0;
      for (int j = 0; j < other.length; j++) {
        double product = 0;
        for (int n = 0; n < one[i].length; n++) {
          product += one[i][n] * other[j][n];
        }
        inRow += product * product;
        similarity[i][j] = inRow + (i > 0 ? similarity[i - 1][j] : 0);
      }
    }
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < other.length; j++) {
        similarity[i][j] /= Math.min(i, j) + 1;
      }
    }
    return similarity;
  }
}
