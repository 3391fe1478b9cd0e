package dev.rankwise.pipeline.plan;

import dev.rankwise.models.failure.UserInputException;
import java.util.Objects;

/**
 * How a run walks through its examples.
 *
 * @param seed what the order of the examples is drawn from
 * @param batchSize examples of one step
 * @param groups groups of a step: the units of a task, of a retry and of the reduction. The same
 *     number on every cluster, since the result depends on it
 * @param maximumTokensPerMicroBatch the most tokens that one forward pass sees; a longer example
 *     makes a micro-batch of its own
 * @param epochs how often each example is seen, whole or in part
 * @param maximumSteps the most steps of the run; {@link #UNLIMITED} for all that {@code epochs}
 *     gives
 * @param lastStep what becomes of the last examples
 */
public record PlanSettings(
    long seed,
    int batchSize,
    int groups,
    int maximumTokensPerMicroBatch,
    double epochs,
    int maximumSteps,
    LastStep lastStep) {

  /** No limit on the number of steps. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** The most groups that one step may have. */
  public static final int MAXIMUM_GROUPS = 4096;

  public PlanSettings {
    atLeastOne("batch size", batchSize);
    atLeastOne("number of groups", groups);
    atLeastOne("tokens of a micro-batch", maximumTokensPerMicroBatch);
    atLeastOne("maximum number of steps", maximumSteps);
    if (groups > MAXIMUM_GROUPS) {
      throw new UserInputException(
          "Invalid number of groups: " + groups + "; it must be at most " + MAXIMUM_GROUPS);
    }
    if (!(epochs > 0) || Double.isInfinite(epochs)) {
      throw new UserInputException(
          "Invalid number of epochs: " + epochs + "; it must be a positive, finite number");
    }
    Objects.requireNonNull(lastStep, "lastStep");
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new UserInputException("Invalid " + name + ": " + value + "; it must be at least 1");
    }
  }
}
