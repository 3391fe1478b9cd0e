package dev.rankwise.adapters.analysis;

/**
 * The singular values of an update, and how many directions they amount to.
 *
 * @param values singular values, falling, at least 0
 */
public record Spectrum(double[] values) {

  public Spectrum {
    values = values.clone();
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  /**
   * The effective rank {@code exp(−Σ p_k·ln p_k)} with {@code p_k = s_k / Σ s}: r where r singular
   * values are alike and the rest are 0; 0 of an update of nothing.
   *
   * <p>Source: Roy and Vetterli, "The effective rank: a measure of effective dimensionality"
   * (2007).
   */
  public double effectiveRank() {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double entropy = 0;
    for (double value : values) {
      if (value > 0) {
        double share = value / sum;
        entropy -= share * StrictMath.log(share);
      }
    }
    return sum > 0 ? StrictMath.exp(entropy) : 0;
  }

  /** How many of the largest hold a share of the sum of squares. */
  public int rankHolding(double share) {
    double all = squares();
    double held = 0;
    int rank = 0;
    while (rank < values.length && held < share * all) {
      held += values[rank] * values[rank];
      rank++;
    }
    return rank;
  }

  /** Frobenius norm of the update. */
  public double norm() {
    return Math.sqrt(squares());
  }

  private double squares() {
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return squares;
  }
}
