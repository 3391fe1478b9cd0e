package dev.rankwise.jobs.analyze;

import java.util.List;

/**
 * How far two models were changed in the same directions.
 *
 * @param one name of a model
 * @param other name of another
 * @param modules those that both tuned, in order, at least one
 */
record PairAnalysis(String one, String other, List<Shared> modules) {

  /**
   * Similarity φ(i, j) of the first i and j singular vectors of a module's two updates.
   *
   * @param path the module's
   * @param inputs of the directions of its inputs, (i, j) from 1, at least one of each
   * @param outputs of those of its outputs, likewise
   * @param in length of a vector of inputs
   * @param out length of a vector of outputs
   */
  record Shared(String path, double[][] inputs, double[][] outputs, int in, int out) {}

  PairAnalysis {
    modules = List.copyOf(modules);
  }

  /** A side of a product. */
  enum Side {
    /** What it reads. */
    INPUTS,
    /** What it writes. */
    OUTPUTS;

    double[][] of(Shared shared) {
      return this == INPUTS ? shared.inputs() : shared.outputs();
    }

    int size(Shared shared) {
      return this == INPUTS ? shared.in() : shared.out();
    }
  }

  /** Mean over the modules that have so many directions, as far as any has. */
  double[][] mean(Side side) {
    int rows = 0;
    int columns = 0;
    for (Shared shared : modules) {
      rows = Math.max(rows, side.of(shared).length);
      columns = Math.max(columns, side.of(shared)[0].length);
    }
    double[][] mean = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int row = i;
        int column = j;
        mean[i][j] =
            modules.stream()
                .map(side::of)
                .filter(own -> row < own.length && column < own[row].length)
                .mapToDouble(own -> own[row][column])
                .average()
                .orElse(0);
      }
    }
    return mean;
  }

  /** What two spaces at random of {@code dimensions} have in common on the mean. */
  double atRandom(Side side, int dimensions) {
    return modules.stream()
        .mapToDouble(it -> Math.min(1, (double) dimensions / side.size(it)))
        .average()
        .orElse(0);
  }
}
