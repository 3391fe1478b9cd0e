package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.failure.UserInputException;

/**
 * Clipping by the norm of the whole gradient, as {@code torch.nn.utils.clip_grad_norm_}.
 *
 * <p>{@code g ← g · min(1, maximum / (‖g‖₂ + 1e-6))}. The norm is taken in double where PyTorch
 * takes it in float, tensor by tensor: the two agree to about 1e-7, relative.
 *
 * @param maximumNorm the largest norm that passes unchanged; infinity for no clipping
 */
public record GlobalNormClip(double maximumNorm) {
  private static final double EPSILON = 1e-6;

  public GlobalNormClip {
    if (!(maximumNorm > 0)) {
      throw new UserInputException(
          "Invalid gradient norm to clip at: "
              + maximumNorm
              + "; it must be positive (infinity for no clipping)");
    }
  }

  /** No clipping. */
  public static GlobalNormClip none() {
    return new GlobalNormClip(Double.POSITIVE_INFINITY);
  }

  /**
   * {@code ‖g‖₂ = sqrt(Σ g[i]²)}, in double, in four interleaved partial sums: a fixed order that
   * keeps the processor's adders busy.
   */
  public static double norm(float[] gradient) {
    int whole = gradient.length & -4;
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    for (int i = 0; i < whole; i += 4) {
      s0 += square(gradient[i]);
      s1 += square(gradient[i + 1]);
      s2 += square(gradient[i + 2]);
      s3 += square(gradient[i + 3]);
    }
    for (int i = whole; i < gradient.length; i++) {
      s0 += square(gradient[i]);
    }
    return Math.sqrt((s0 + s1) + (s2 + s3));
  }

  /**
   * Scales {@code gradient} in place to the factor that belongs to its norm.
   *
   * @param norm what {@link #norm} gave for it
   */
  public void clip(float[] gradient, double norm) {
    float factor = (float) Math.min(1, maximumNorm / (norm + EPSILON));
    if (factor == 1) {
      return;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= factor;
    }
  }

  /** The norm that a gradient has after {@link #clip}. */
  double clipped(double norm) {
    return Math.min(norm, maximumNorm);
  }

  private static double square(float value) {
    return (double) value * value;
  }
}
