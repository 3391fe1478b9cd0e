package dev.rankwise.pipeline.optimizer;

import dev.rankwise.models.failure.UserInputException;

/**
 * The constants of {@link AdamW} that hold for all parameters.
 *
 * @param firstDecay β₁, how much of the mean gradient is kept each step, in [0, 1)
 * @param secondDecay β₂, how much of the mean squared gradient is kept each step, in [0, 1)
 * @param epsilon ε, added to the root of the mean square; positive
 */
public record AdamWSettings(double firstDecay, double secondDecay, double epsilon) {

  public AdamWSettings {
    checkDecay("first", firstDecay);
    checkDecay("second", secondDecay);
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new UserInputException(
          "Invalid AdamW epsilon: " + epsilon + "; it must be a positive, finite number");
    }
  }

  /** PyTorch's defaults: 0.9, 0.999, 1e-8. */
  public static AdamWSettings defaults() {
    return new AdamWSettings(0.9, 0.999, 1e-8);
  }

  private static void checkDecay(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new UserInputException(
          "Invalid AdamW " + name + " decay: " + value + "; it must be at least 0 and below 1");
    }
  }
}
