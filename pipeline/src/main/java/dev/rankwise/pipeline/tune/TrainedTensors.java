package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.pipeline.train.TrainingResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * That every tensor which was to be trained moved, said after a run. One that did not is as if it
 * had been left out: a rate that its numbers cannot hold, or a module that takes no part in the
 * loss. What weight decay does to a tensor without a gradient is no move.
 *
 * <table>
 * <caption>What may stand still</caption>
 * <tr><th>tensor</th><th>because</th></tr>
 * <tr><td>any, after fewer than {@value #LEAST_MOVES} updates at a rate above 0</td><td>in the first,
 * a factor that meets a zero has no gradient</td></tr>
 * <tr><td>the diagonal Λ of an AdaLoRA module that no triplet is left of</td><td>it is 0, as it
 * began</td></tr>
 * <tr><td>experts and routers of a mixture</td><td>routers need not choose them</td></tr>
 * <tr><td>rows of a table</td><td>their tokens need not occur</td></tr>
 * <tr><td>a trained bias</td><td>that of a key moves all scores of a query alike</td></tr>
 * </table>
 *
 * @param tensors how many were trained, those of which all numbers are to stand still not among
 *     them
 * @param fixed how many numbers were to stand still, and did
 * @param still names of those that did not move, and may
 * @param moves updates at a rate above 0 that they have behind them, at least
 */
public record TrainedTensors(int tensors, int fixed, List<String> still, int moves) {
  /** Updates after which every tensor must have moved. */
  static final int LEAST_MOVES = 2;

  private static final int NAMED = 5;

  public TrainedTensors {
    still = List.copyOf(still);
  }

  /**
   * Compares what was trained with what it began as.
   *
   * @param plan of all parameters
   * @param result what the run reached
   * @param fixed indices of numbers that are to stand still
   * @param live which triplets are left of modules that lost some
   * @throws TrainingStoppedException with the names of tensors that did not move and must have
   */
  static TrainedTensors verified(
      AdapterPlan plan,
      float[] initial,
      TrainingResult result,
      BitSet fixed,
      Map<String, List<Boolean>> live) {
    float[] trained = result.parameters();
    BitSet untouched = result.untouched();
    int moves = result.moves();
    List<String> still = new ArrayList<>();
    List<String> stuck = new ArrayList<>();
    requireFixed(initial, trained, fixed);
    int tensors = 0;
    for (Parameter parameter : plan.layout().parameters()) {
      int begin = parameter.offset();
      int end = begin + parameter.tensor().size();
      if (fixed.nextClearBit(begin) >= end) {
        continue;
      }
      tensors++;
      if (untouched.nextClearBit(begin) >= end
          || Arrays.equals(initial, begin, end, trained, begin, end)) {
        boolean may = moves < LEAST_MOVES || mayStandStill(plan, parameter, live);
        (may ? still : stuck).add(parameter.tensor().name());
      }
    }
    if (!stuck.isEmpty()) {
      throw new TrainingStoppedException(
          ("%s of %s trained tensors did not move, but for weight decay, in %s updates, the first of"
                  + " them %s; what was trained is not kept: raise the learning rate, or leave modules out that take no"
                  + " part in the loss, and write to another folder, since this run's checkpoints"
                  + " are of its recipe")
              .formatted(
                  stuck.size(),
                  tensors,
                  moves,
                  String.join(", ", stuck.subList(0, Math.min(NAMED, stuck.size())))));
    }
    return new TrainedTensors(tensors, fixed.cardinality(), still, moves);
  }

  private static void requireFixed(float[] initial, float[] trained, BitSet fixed) {
    fixed.stream()
        .filter(i -> Float.floatToIntBits(initial[i]) != Float.floatToIntBits(trained[i]))
        .findFirst()
        .ifPresent(
            i -> {
              throw new InternalException(
                  "Parameter %s was to stand still and moved from %s to %s"
                      .formatted(i, initial[i], trained[i]));
            });
  }

  private static boolean mayStandStill(
      AdapterPlan plan, Parameter parameter, Map<String, List<Boolean>> live) {
    return switch (parameter.role()) {
      case ROUTER, ROWS, BIAS_OF_B -> true;
      case FACTOR_A, FACTOR_B, MAGNITUDE -> !plan.method().routers(plan.matched()).isEmpty();
      case KEPT -> parameter.tensor().tensor().equals("bias");
      case DIAGONAL -> {
        List<Boolean> triplets = live.get(parameter.tensor().module());
        yield triplets != null && !triplets.contains(true);
      }
      case STRETCH -> false;
    };
  }

  /** Whether nothing moved: no step had a learning rate above 0, or what it gave was not kept. */
  public boolean allStill() {
    return moves == 0 && still.size() == tensors;
  }

  /** Whether it was to be expected of every tensor that it moved. */
  public boolean judged() {
    return moves >= LEAST_MOVES;
  }
}
