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
 * @param decay {@code 1 − η·λ}
 * @param firstWeight {@code 1 − β₁}
 * @param secondKept {@code β₂}
 * @param secondWeight {@code 1 − β₂}
 * @param stepSize {@code η / (1 − β₁ᵗ)}
 * @param secondScale {@code √(1 − β₂ᵗ)}
 * @param epsilon ε
 */
record AdamWArithmetic(
    double decay,
    double firstWeight,
    double secondKept,
    double secondWeight,
    double stepSize,
    double secondScale,
    double epsilon) {

  /**
   * The numbers of one update.
   *
   * @param update t, counted from 1
   * @param rate η, the group's learning rate
   * @param weightDecay λ
   */
  static AdamWArithmetic of(AdamWSettings settings, int update, double rate, double weightDecay) {
    double firstCorrection = 1 - StrictMath.pow(settings.firstDecay(), update);
    double secondCorrection = 1 - StrictMath.pow(settings.secondDecay(), update);
    return new AdamWArithmetic(
        1 - rate * weightDecay,
        1 - settings.firstDecay(),
        settings.secondDecay(),
        1 - settings.secondDecay(),
        rate / firstCorrection,
        Math.sqrt(secondCorrection),
        settings.epsilon());
  }

  /** Updates the first {@code length} elements of parameters and moments in place. */
  void apply(double[] parameters, double[] gradient, double[] first, double[] second, int length) {
    // Locals, so that the loop is over arrays and constants alone and the JIT vectorises it.
    double kept = decay;
    double weight1 = firstWeight;
    double kept2 = secondKept;
    double weight2 = secondWeight;
    double size = stepSize * secondScale;
    double floor = epsilon * secondScale;
    for (int i = 0; i < length; i++) {
      double g = gradient[i];
      double m = first[i] + weight1 * (g - first[i]);
      double v = kept2 * second[i] + weight2 * (g * g);
      first[i] = m;
      second[i] = v;
      // m / (√v / scale + ε) with both sides times scale: one division less, the dearest operation.
      parameters[i] = kept * parameters[i] - size * (m / (Math.sqrt(v) + floor));
    }
  }
}
