package dev.rankwise.adapters.svd;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reflections make it tridiagonal,
 * implicit shifted QL rotations make that diagonal (Golub and Van Loan, "Matrix Computations",
 * section 8.3).
 *
 * @param values eigenvalues, falling, (n)
 * @param vectors row k belongs to value k, (n, n); no rows where they were not wanted
 */
record SymmetricEigen(double[] values, double[][] vectors) {
  /** Sweeps for one eigenvalue; two or three are usual. */
  private static final int MOST_SWEEPS = 100;

  /**
   * Decomposes a matrix, which is overwritten.
   *
   * @param matrix (n, n), symmetric
   * @param vectors whether eigenvectors are wanted
   */
  static SymmetricEigen of(double[][] matrix, boolean vectors) {
    int n = matrix.length;
    double[] diagonal = new double[n];
    double[] beside = new double[n];
    double[][] reflections = tridiagonal(matrix, diagonal, beside);
    double[][] turned = vectors ? transposedProduct(reflections, n) : new double[0][];
    rotate(diagonal, beside, turned);
    int[] order = Svd.falling(diagonal);
    double[] values = new double[n];
    double[][] sorted = new double[vectors ? n : 0][];
    for (int k = 0; k < n; k++) {
      values[k] = diagonal[order[k]];
      if (vectors) {
        sorted[k] = turned[order[k]];
      }
    }
    return new SymmetricEigen(values, sorted);
  }

  /**
   * Makes the matrix tridiagonal.
   *
   * @param diagonal gets the diagonal
   * @param beside gets what stands beside it: entry k between k and k + 1
   * @return for each column but the last two the vector v of its reflection {@code I − v·vᵀ}, with
   *     {@code ‖v‖² = 2}, or zero where nothing was to be reflected
   */
  private static double[][] tridiagonal(double[][] matrix, double[] diagonal, double[] beside) {
    int n = matrix.length;
    double[][] reflections = new double[Math.max(0, n - 2)][];
    double[] product = new double[n];
    for (int k = 0; k < n - 2; k++) {
      double[] v = new double[n];
      System.arraycopy(matrix[k], k + 1, v, k + 1, n - k - 1);
      double norm = Math.sqrt(Svd.dot(v, v));
      double head = v[k + 1] > 0 ? -norm : norm;
      v[k + 1] -= head;
      double length = Math.sqrt(Svd.dot(v, v) / 2);
      for (int i = k + 1; length > 0 && i < n; i++) {
        v[i] /= length;
      }
      reflect(matrix, k + 1, v, product);
      reflections[k] = v;
      diagonal[k] = matrix[k][k];
      beside[k] = head;
    }
    for (int k = Math.max(0, n - 2); k < n; k++) {
      diagonal[k] = matrix[k][k];
      beside[k] = k + 1 < n ? matrix[k][k + 1] : 0;
    }
    return reflections;
  }

  /**
   * Makes {@code (I − v·vᵀ)·M·(I − v·vᵀ)} of the part of M from {@code first} on.
   *
   * @param product room for n numbers
   */
  private static void reflect(double[][] matrix, int first, double[] v, double[] product) {
    int n = matrix.length;
    double along = 0;
    for (int i = first; i < n; i++) {
      double sum = 0;
      double[] row = matrix[i];
      for (int j = first; j < n; j++) {
        sum += row[j] * v[j];
      }
      product[i] = sum;
      along += sum * v[i];
    }
    for (int i = first; i < n; i++) {
      product[i] -= along / 2 * v[i];
    }
    for (int i = first; i < n; i++) {
      double[] row = matrix[i];
      double vi = v[i];
      double pi = product[i];
      for (int j = first; j < n; j++) {
        row[j] -= vi * product[j] + pi * v[j];
      }
    }
  }

  /** The transpose of the product of all reflections: its rows become eigenvectors. */
  private static double[][] transposedProduct(double[][] reflections, int n) {
    double[][] rows = new double[n][n];
    for (int k = 0; k < n; k++) {
      rows[k][k] = 1;
    }
    for (int k = reflections.length - 1; k >= 0; k--) {
      double[] v = reflections[k];
      // Rows up to k are those of the identity still, where v is zero.
      for (int i = k + 1; i < n; i++) {
        double along = Svd.dot(rows[i], v);
        for (int j = k + 1; j < n; j++) {
          rows[i][j] -= along * v[j];
        }
      }
    }
    return rows;
  }

  /**
   * Makes a tridiagonal matrix diagonal.
   *
   * @param vectors gets each rotation, on its rows; none or n
   */
  private static void rotate(double[] diagonal, double[] beside, double[][] vectors) {
    int n = diagonal.length;
    for (int low = 0; low < n; low++) {
      int sweep = 0;
      int high = splitAfter(diagonal, beside, low);
      while (high > low && sweep < MOST_SWEEPS) {
        sweep(diagonal, beside, vectors, low, high);
        sweep++;
        high = splitAfter(diagonal, beside, low);
      }
    }
  }

  /** The first place from {@code low} on after which the matrix falls apart. */
  private static int splitAfter(double[] diagonal, double[] beside, int low) {
    int place = low;
    while (place < diagonal.length - 1) {
      double size = Math.abs(diagonal[place]) + Math.abs(diagonal[place + 1]);
      if (Math.abs(beside[place]) <= Math.ulp(size)) {
        return place;
      }
      place++;
    }
    return place;
  }

  /** One implicit QL step with Wilkinson's shift on what lies from {@code low} to {@code high}. */
  private static void sweep(
      double[] diagonal, double[] beside, double[][] vectors, int low, int high) {
    double half = (diagonal[low + 1] - diagonal[low]) / (2 * beside[low]);
    double root = Math.hypot(half, 1);
    double shift = diagonal[low] - beside[low] / (half + Math.copySign(root, half));
    double g = diagonal[high] - shift;
    double sine = 1;
    double cosine = 1;
    double taken = 0;
    for (int i = high - 1; i >= low; i--) {
      double f = sine * beside[i];
      double b = cosine * beside[i];
      double length = Math.hypot(f, g);
      beside[i + 1] = length;
      if (length == 0) {
        diagonal[i + 1] -= taken;
        beside[high] = 0;
        return;
      }
      sine = f / length;
      cosine = g / length;
      double moved = diagonal[i + 1] - taken;
      double mixed = (diagonal[i] - moved) * sine + 2 * cosine * b;
      taken = sine * mixed;
      diagonal[i + 1] = moved + taken;
      g = cosine * mixed - b;
      if (vectors.length > 0) {
        turn(vectors[i], vectors[i + 1], cosine, sine);
      }
    }
    diagonal[low] -= taken;
    beside[low] = g;
    beside[high] = 0;
  }

  private static void turn(double[] one, double[] next, double cosine, double sine) {
    for (int k = 0; k < one.length; k++) {
      double was = next[k];
      next[k] = sine * one[k] + cosine * was;
      one[k] = cosine * one[k] - sine * was;
    }
  }
}
