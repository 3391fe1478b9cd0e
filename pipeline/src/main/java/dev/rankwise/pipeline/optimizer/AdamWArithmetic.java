package dev.rankwise.pipeline.optimizer;

/**
 * One AdamW update of one parameter group, in double.
 *
 * <p>The form of {@code torch.optim.AdamW} (Loshchilov and Hutter, "Decoupled weight decay
 * regularization", ICLR 2019, algorithm 2, with ε outside the bias correction of the root):
 *
 * <pre>
 * p ← p · (1 − η·λ)
 * m ← m + (1 − β₁)·(g − m)
 * v ← β₂·v + (1 − β₂)·g²
 * p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * <p>The last line is computed with both sides of the fraction times {@code √(1 − β₂ᵗ)}, which
 * leaves one division, the dearest operation, where there were two.
 *
 * @param decay {@code 1 − η·λ}
 * @param firstWeight {@code 1 − β₁}
 * @param secondKept {@code β₂}
 * @param secondWeight {@code 1 − β₂}
 * @param stepSize {@code η / (1 − β₁ᵗ) · √(1 − β₂ᵗ)}
 * @param floor {@code ε · √(1 − β₂ᵗ)}
 */
record AdamWArithmetic(
    double decay,
    double firstWeight,
    double secondKept,
    double secondWeight,
    double stepSize,
    double floor) {

  /**
   * The numbers of one update.
   *
   * @param update t, counted from 1
   * @param rate η, the group's learning rate
   * @param weightDecay λ
   */
  static AdamWArithmetic of(AdamWSettings settings, int update, double rate, double weightDecay) {
    double firstCorrection = 1 - StrictMath.pow(settings.firstDecay(), update);
    double secondScale = Math.sqrt(1 - StrictMath.pow(settings.secondDecay(), update));
    return new AdamWArithmetic(
        1 - rate * weightDecay,
        1 - settings.firstDecay(),
        settings.secondDecay(),
        1 - settings.secondDecay(),
        rate / firstCorrection * secondScale,
        settings.epsilon() * secondScale);
  }

  /** The first moment after gradient {@code g}: {@code m + (1 − β₁)·(g − m)}. */
  double first(double m, double g) {
    return m + firstWeight * (g - m);
  }

  /** The second moment after gradient {@code g}: {@code β₂·v + (1 − β₂)·g²}. */
  double second(double v, double g) {
    return secondKept * v + secondWeight * (g * g);
  }

  /**
   * The parameter after its moments: {@code p·(1 − η·λ) − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) +
   * ε)}.
   */
  double moved(double p, double m, double v) {
    return decay * p - stepSize * (m / (Math.sqrt(v) + floor));
  }
}
