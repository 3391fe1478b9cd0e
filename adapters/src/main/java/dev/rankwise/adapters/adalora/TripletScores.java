package dev.rankwise.adapters.adalora;

/**
 * How much the triplets of one module matter, by what was seen of them so far.
 *
 * <pre>
 *   I = |w·∂L/∂w|      Ī ← β₁·Ī + (1 − β₁)·I      Ū ← β₂·Ū + (1 − β₂)·|I − Ī|      s(w) = Ī·Ū
 *   S_k = s(Λ_k) + mean_i s(Q_ki) + mean_o s(P_ok)
 * </pre>
 *
 * <p>Both means start at zero and are not corrected for it. Source: AdaLoRA (arXiv 2303.10512),
 * section 3.2, equations 8 to 11. Elementwise in float32, in PEFT's order of operations: scores
 * come within half a percent of a threshold, and masks must not differ by rounding.
 */
final class TripletScores {
  private final Triplets module;
  private final float keptSensitivity;
  private final float newSensitivity;
  private final float keptUncertainty;
  private final float newUncertainty;
  private final Smoothed q;
  private final Smoothed p;
  private final Smoothed lambda;

  /** Ī and Ū of one tensor. */
  private record Smoothed(int offset, float[] sensitivity, float[] uncertainty) {
    static Smoothed fresh(int offset, int size) {
      return new Smoothed(offset, new float[size], new float[size]);
    }

    float score(int element) {
      return sensitivity[element] * uncertainty[element];
    }
  }

  /**
   * Scores before the first step.
   *
   * @param sensitivitySmoothing β₁
   * @param uncertaintySmoothing β₂
   */
  TripletScores(Triplets module, double sensitivitySmoothing, double uncertaintySmoothing) {
    this.module = module;
    this.keptSensitivity = (float) sensitivitySmoothing;
    this.newSensitivity = (float) (1 - sensitivitySmoothing);
    this.keptUncertainty = (float) uncertaintySmoothing;
    this.newUncertainty = (float) (1 - uncertaintySmoothing);
    this.q = Smoothed.fresh(module.q(), Math.multiplyExact(module.rank(), module.in()));
    this.p = Smoothed.fresh(module.p(), Math.multiplyExact(module.rank(), module.out()));
    this.lambda = Smoothed.fresh(module.lambda(), module.rank());
  }

  /** Takes in one step's weights and gradients, (parameters) both. */
  void observe(float[] theta, float[] gradient) {
    observe(q, theta, gradient);
    observe(p, theta, gradient);
    observe(lambda, theta, gradient);
  }

  private void observe(Smoothed tensor, float[] theta, float[] gradient) {
    float[] sensitivity = tensor.sensitivity();
    float[] uncertainty = tensor.uncertainty();
    for (int i = 0; i < sensitivity.length; i++) {
      float now = Math.abs(theta[tensor.offset() + i] * gradient[tensor.offset() + i]);
      sensitivity[i] = keptSensitivity * sensitivity[i] + newSensitivity * now;
      float apart = Math.abs(now - sensitivity[i]);
      uncertainty[i] = keptUncertainty * uncertainty[i] + newUncertainty * apart;
    }
  }

  /** S of each triplet, (rank). */
  float[] scores() {
    float[] scores = new float[module.rank()];
    for (int k = 0; k < scores.length; k++) {
      double ofQ = 0;
      for (int i = 0; i < module.in(); i++) {
        ofQ += q.score(k * module.in() + i);
      }
      double ofP = 0;
      for (int o = 0; o < module.out(); o++) {
        ofP += p.score(o * module.rank() + k);
      }
      float vectors = (float) (ofQ / module.in()) + (float) (ofP / module.out());
      scores[k] = lambda.score(k) + vectors;
    }
    return scores;
  }

  /** Ī of Λ, P and Q at the places of the parameter vector. */
  void copySensitivity(float[] theta) {
    for (Smoothed tensor : new Smoothed[] {q, p, lambda}) {
      System.arraycopy(
          tensor.sensitivity(), 0, theta, tensor.offset(), tensor.sensitivity().length);
    }
  }

  /** Takes both over from vectors that they were copied to. */
  void restore(float[] sensitivity, float[] uncertainty) {
    for (Smoothed tensor : new Smoothed[] {q, p, lambda}) {
      int size = tensor.sensitivity().length;
      System.arraycopy(sensitivity, tensor.offset(), tensor.sensitivity(), 0, size);
      System.arraycopy(uncertainty, tensor.offset(), tensor.uncertainty(), 0, size);
    }
  }

  /** Ū likewise. */
  void copyUncertainty(float[] theta) {
    for (Smoothed tensor : new Smoothed[] {q, p, lambda}) {
      System.arraycopy(
          tensor.uncertainty(), 0, theta, tensor.offset(), tensor.uncertainty().length);
    }
  }
}
