package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.failure.UserInputException;

/**
 * How many triplets are left after each step of a run, over all modules.
 *
 * <pre>
 *   b(t) = b₀                                                     t ≤ t_i
 *   b(t) = ⌊b_T + (b₀ − b_T)·(1 − (t − t_i)/(T − t_i − t_f))³⌋    t_i &lt; t ≤ T − t_f
 *   b(t) = b_T                                                    T − t_f &lt; t
 * </pre>
 *
 * <p>Steps t count updates from 0. Source: AdaLoRA (arXiv 2303.10512), section 3.3, equation 12, in
 * the form of the authors' code and PEFT, whose fraction is zero at {@code t = t_i}.
 *
 * @param initial b₀, triplets at the start
 * @param target b_T, triplets at the end, at least 1 and fewer than at the start
 * @param steps T, steps of the run
 * @param initialSteps t_i, steps before the first decision
 * @param finalSteps t_f, steps after the last one
 * @param interval steps between two decisions
 */
public record BudgetSchedule(
    int initial, int target, int steps, int initialSteps, int finalSteps, int interval) {

  /** What happens after a step. */
  public enum Phase {
    /** Scores are taken, and from time to time decided by. */
    SCORING,
    /** The last decision, by the scores as they are. */
    FREEZING,
    /** What was decided is held. */
    FROZEN
  }

  public BudgetSchedule {
    if (target < 1 || target >= initial) {
      throw new UserInputException(
          ("Invalid ranks: %s triplets at the start and %s at the end (there must be fewer at the"
                  + " end, and at least one); raise rank (init_r) or lower target-rank (target_r)")
              .formatted(initial, target));
    }
    if (initialSteps < 0 || finalSteps < 1 || interval < 1) {
      throw new UserInputException(
          ("Invalid schedule: tinit %s, tfinal %s, deltaT %s (tinit must be at least 0, the others"
                  + " at least 1, so that the last decision is held)")
              .formatted(initialSteps, finalSteps, interval));
    }
    if ((long) initialSteps + finalSteps >= steps) {
      throw new UserInputException(
          ("Run of %s steps is too short for its schedule: tinit %s and tfinal %s leave %s steps to"
                  + " take triplets away in, at least 1 is needed; train for longer or make them"
                  + " smaller")
              .formatted(
                  steps,
                  initialSteps,
                  finalSteps,
                  Math.max(0, steps - (long) initialSteps - finalSteps)));
    }
  }

  /**
   * The schedule of an allocation.
   *
   * @param modules number of adapted modules
   * @param initialRank rank of each at the start
   */
  public static BudgetSchedule of(RankAllocation allocation, int modules, int initialRank) {
    return new BudgetSchedule(
        Math.multiplyExact(modules, initialRank),
        Math.multiplyExact(modules, allocation.targetRank()),
        allocation.totalSteps(),
        allocation.initialSteps(),
        allocation.finalSteps(),
        allocation.interval());
  }

  /** Triplets that are left if it is decided after step {@code step}. */
  public int budget(int step) {
    if (step <= initialSteps) {
      return initial;
    }
    if (step > steps - finalSteps) {
      return target;
    }
    double left =
        1 - (double) (step - initialSteps) / (steps - finalSteps - initialSteps); // from 1 to 0
    return (int) ((initial - target) * StrictMath.pow(left, 3) + target);
  }

  /** What happens after step {@code step}. */
  public Phase phase(int step) {
    int last = steps - finalSteps;
    if (step < last) {
      return Phase.SCORING;
    }
    return step == last ? Phase.FREEZING : Phase.FROZEN;
  }

  /** Whether scores are decided by after step {@code step}. */
  public boolean decides(int step) {
    return switch (phase(step)) {
      case SCORING -> step > initialSteps && step % interval == 0;
      case FREEZING -> true;
      case FROZEN -> false;
    };
  }
}
