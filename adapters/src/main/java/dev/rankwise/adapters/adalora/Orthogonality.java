package dev.rankwise.adapters.adalora;

import java.util.List;

/**
 * The term that keeps P and Q close to the orthogonal factors of a singular value decomposition,
 * without which the size of Λ alone would say nothing.
 *
 * <pre>
 *   R(θ) = 1/(2n) · Σ_k ( ‖P_kᵀP_k − I‖_F + ‖Q_kQ_kᵀ − I‖_F )        over n modules
 *   ∂‖QQᵀ − I‖_F / ∂Q = 2·(QQᵀ − I)·Q / ‖QQᵀ − I‖_F                  for P with Pᵀ in Q's place
 * </pre>
 *
 * <p>Source: AdaLoRA (arXiv 2303.10512), section 3.1, equation 4. The norms are not squared and
 * their mean is taken, as in the authors' code and PEFT. A norm has no gradient at zero, where 0 is
 * taken: there is nothing to improve. All sums are in double.
 *
 * @param modules where the factors lie
 */
public record Orthogonality(List<Triplets> modules) {

  public Orthogonality {
    modules = List.copyOf(modules);
  }

  /**
   * Adds the term's gradient.
   *
   * @param theta θ, (parameters)
   * @param weight γ, what the term is multiplied by in the objective
   * @param gradient what γ·∂R/∂θ is added to, (parameters)
   * @return R(θ), without γ
   */
  public double add(float[] theta, double weight, float[] gradient) {
    double sum = 0;
    double share = 1.0 / (2 * modules.size());
    for (Triplets module : modules) {
      double factor = weight * share;
      int rank = module.rank();
      sum += add(theta, gradient, factor, new Rows(module.q(), rank, module.in(), module.in(), 1));
      sum += add(theta, gradient, factor, new Rows(module.p(), rank, module.out(), 1, rank));
    }
    return share * sum;
  }

  /** Vectors of a matrix that are to be orthonormal: the rows of Q, the columns of P. */
  private record Rows(int offset, int count, int size, int between, int within) {
    int place(int row, int element) {
      return offset + row * between + element * within;
    }
  }

  private static double add(float[] theta, float[] gradient, double factor, Rows rows) {
    double[][] distances = distances(theta, rows);
    double squares = 0;
    for (double[] row : distances) {
      for (double distance : row) {
        squares += distance * distance;
      }
    }
    double norm = Math.sqrt(squares);
    if (norm == 0) {
      return 0;
    }
    for (int i = 0; i < rows.count(); i++) {
      for (int element = 0; element < rows.size(); element++) {
        double sum = 0;
        for (int j = 0; j < rows.count(); j++) {
          sum += distances[i][j] * theta[rows.place(j, element)];
        }
        gradient[rows.place(i, element)] += (float) (factor * 2 * sum / norm);
      }
    }
    return norm;
  }

  /** {@code M·Mᵀ − I} for the rows of M; symmetric. */
  private static double[][] distances(float[] theta, Rows rows) {
    double[][] distances = new double[rows.count()][rows.count()];
    for (int i = 0; i < rows.count(); i++) {
      for (int j = 0; j <= i; j++) {
        double sum = i == j ? -1 : 0;
        for (int element = 0; element < rows.size(); element++) {
          sum += (double) theta[rows.place(i, element)] * theta[rows.place(j, element)];
        }
        distances[i][j] = sum;
        distances[j][i] = sum;
      }
    }
    return distances;
  }
}
