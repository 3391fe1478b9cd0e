package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a method that moves rank from module to module goes about it, with PEFT's defaults.
 *
 * @param targetRank mean rank of a module at the end ({@code target_r}), at least 1
 * @param totalSteps steps of the whole run ({@code total_step}); 0 where none is planned
 * @param initialSteps steps before the first triplet is taken away ({@code tinit})
 * @param finalSteps steps after the last one was ({@code tfinal})
 * @param interval steps between two decisions ({@code deltaT}), at least 1
 * @param sensitivitySmoothing β₁, in (0, 1)
 * @param uncertaintySmoothing β₂, in (0, 1)
 * @param orthogonality γ, the weight of the orthogonality term ({@code orth_reg_weight}), at least
 *     0
 * @param live which triplets of a module are left ({@code rank_pattern}), by the module's path; a
 *     module that is not named has all of them
 */
public record RankAllocation(
    int targetRank,
    int totalSteps,
    int initialSteps,
    int finalSteps,
    int interval,
    double sensitivitySmoothing,
    double uncertaintySmoothing,
    double orthogonality,
    Map<String, List<Boolean>> live)
    implements Serializable {

  /** PEFT's rank of a module at the start ({@code init_r}). */
  public static final int USUAL_INITIAL_RANK = 12;

  public RankAllocation {
    Map<String, List<Boolean>> copy = new LinkedHashMap<>();
    live.forEach((path, triplets) -> copy.put(path, List.copyOf(triplets)));
    live = Collections.unmodifiableMap(copy);
    List<String> problems = new ArrayList<>();
    requireAtLeast(1, "target_r", targetRank, problems);
    requireAtLeast(0, "total_step", totalSteps, problems);
    requireAtLeast(0, "tinit", initialSteps, problems);
    requireAtLeast(0, "tfinal", finalSteps, problems);
    requireAtLeast(1, "deltaT", interval, problems);
    requireInside("beta1", sensitivitySmoothing, problems);
    requireInside("beta2", uncertaintySmoothing, problems);
    if (!(orthogonality >= 0) || Double.isInfinite(orthogonality)) {
      problems.add(
          "Invalid orth_reg_weight: %s (must be finite and at least 0)".formatted(orthogonality));
    }
    if (totalSteps > 0 && initialSteps >= (long) totalSteps - finalSteps) {
      problems.add(
          ("Invalid tinit and tfinal: %s and %s of %s steps (together they must leave a step"
                  + " between them); train for longer, or make initial-fraction and final-fraction smaller")
              .formatted(initialSteps, finalSteps, totalSteps));
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** PEFT's defaults, without a plan of steps. */
  public static RankAllocation usual() {
    return new RankAllocation(8, 0, 0, 0, 1, 0.85, 0.85, 0.5, Map.of());
  }

  /**
   * The same over a run.
   *
   * @param steps steps of the run
   * @param first steps before the first triplet is taken away
   * @param last steps after the last one was
   */
  public RankAllocation over(int steps, int first, int last) {
    return new RankAllocation(
        targetRank,
        steps,
        first,
        last,
        interval,
        sensitivitySmoothing,
        uncertaintySmoothing,
        orthogonality,
        live);
  }

  /** The same with other triplets left. */
  public RankAllocation withLive(Map<String, List<Boolean>> newLive) {
    return new RankAllocation(
        targetRank,
        totalSteps,
        initialSteps,
        finalSteps,
        interval,
        sensitivitySmoothing,
        uncertaintySmoothing,
        orthogonality,
        newLive);
  }

  private static void requireAtLeast(int least, String name, int value, List<String> problems) {
    if (value < least) {
      problems.add("Invalid %s: %s (must be at least %s)".formatted(name, value, least));
    }
  }

  private static void requireInside(String name, double value, List<String> problems) {
    if (!(value > 0 && value < 1)) {
      problems.add("Invalid %s: %s (must lie between 0 and 1)".formatted(name, value));
    }
  }
}
