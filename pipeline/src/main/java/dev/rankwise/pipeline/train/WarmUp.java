package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.UserInputException;

/**
 * How long the learning rate rises at the start of a run: a number of steps, or a share of the run.
 *
 * @param steps number of steps; 0 if the share counts
 * @param fraction share of all steps; 0 if the number counts
 */
public record WarmUp(int steps, double fraction) {

  public WarmUp {
    if (steps < 0 || !(fraction >= 0 && fraction <= 1)) {
      throw new UserInputException(
          ("Invalid warm-up: %s steps, fraction %s; steps must be at least 0 and the fraction"
                  + " between 0 and 1")
              .formatted(steps, fraction));
    }
    if (steps > 0 && fraction > 0) {
      throw new UserInputException(
          "Invalid warm-up: %s steps and a fraction of %s; give one of them"
              .formatted(steps, fraction));
    }
  }

  /** No warm-up. */
  public static WarmUp none() {
    return new WarmUp(0, 0);
  }

  /** A warm-up of {@code steps} steps. */
  public static WarmUp ofSteps(int steps) {
    return new WarmUp(steps, 0);
  }

  /** A warm-up over a share of the run. */
  public static WarmUp ofFraction(double fraction) {
    return new WarmUp(0, fraction);
  }

  /** Number of warm-up steps of a run, a share rounded up as transformers does. */
  public int stepsOf(int trainingSteps) {
    return fraction > 0
        ? (int) Math.ceil(fraction * trainingSteps)
        : Math.min(steps, trainingSteps);
  }
}
