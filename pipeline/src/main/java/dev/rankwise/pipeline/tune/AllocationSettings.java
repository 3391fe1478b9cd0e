package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.adalora.TieRule;
import java.util.Objects;

/**
 * How rank is moved between modules in training, beside what an adapter's file says of it.
 *
 * @param point the weights that sensitivity is taken at
 * @param ties who goes of several triplets alike
 * @param masked what becomes of triplets that are gone for good
 */
public record AllocationSettings(SensitivityPoint point, TieRule ties, MaskedTriplets masked) {

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
  }

  /** PEFT's sensitivity, exactly the budget kept, and nothing carried in vain. */
  public static AllocationSettings usual() {
    return new AllocationSettings(
        SensitivityPoint.POST, TieRule.BY_NAME_AND_INDEX, MaskedTriplets.DROPPED);
  }
}
