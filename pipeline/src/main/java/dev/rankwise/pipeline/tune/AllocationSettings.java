package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.failure.UserInputException;
import java.util.Objects;

/**
 * How rank is moved between modules in training, beside what an adapter's file says of it.
 *
 * @param point the weights that sensitivity is taken at
 * @param ties who goes of several triplets alike
 * @param masked what becomes of triplets that are gone for good
 * @param initialFraction share of the run's steps before the first decision, in [0, 1)
 * @param finalFraction share of the run's steps after the last one, in (0, 1); at least one step.
 *     Neither is looked at where an allocation names its steps
 */
public record AllocationSettings(
    SensitivityPoint point,
    TieRule ties,
    MaskedTriplets masked,
    double initialFraction,
    double finalFraction) {

  /** The weights w in the sensitivity {@code |w·∂L/∂w|} of a step. */
  public enum SensitivityPoint {
    /**
     * Those after the step, with the gradient as it was clipped, as in the authors' code and PEFT.
     */
    POST,
    /** Those that the gradient was taken at, before it is clipped, as in the paper's formula. */
    PRE
  }

  /** What becomes of triplets once the last decision is made. */
  public enum MaskedTriplets {
    /** Executors no longer compute them, and they no longer travel. */
    DROPPED,
    /** They are computed on, times zero, as in PEFT. */
    CARRIED
  }

  public AllocationSettings {
    Objects.requireNonNull(point, "point");
    Objects.requireNonNull(ties, "ties");
    Objects.requireNonNull(masked, "masked");
    if (!(initialFraction >= 0 && finalFraction > 0 && initialFraction + finalFraction < 1)) {
      throw new UserInputException(
          ("Invalid shares of a run before and after its decisions on ranks: %s and %s (the first"
                  + " must be at least 0, the second above 0, both together less than 1)")
              .formatted(initialFraction, finalFraction));
    }
  }

  /** PEFT's sensitivity, exactly the budget kept, and nothing carried in vain. */
  public static AllocationSettings usual() {
    return new AllocationSettings(
        SensitivityPoint.POST, TieRule.BY_NAME_AND_INDEX, MaskedTriplets.DROPPED, 0.1, 0.3);
  }

  /**
   * An allocation over a run.
   *
   * @param asked the allocation; one that names its steps is left as it is
   * @param steps number of the run's steps
   * @throws UserInputException if it names another number of steps, or the run is too short for it
   */
  RankAllocation planned(RankAllocation asked, int steps) {
    if (asked.totalSteps() == 0) {
      int first = (int) (initialFraction * steps);
      int last = Math.max(1, (int) (finalFraction * steps));
      return asked.over(steps, first, last);
    }
    if (asked.totalSteps() != steps) {
      throw new UserInputException(
          "Invalid total_step: %s (the run has %s steps); leave it out, or set it to that"
              .formatted(asked.totalSteps(), steps));
    }
    return asked;
  }
}
