package dev.rankwise.pipeline.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * One group of a step: the micro-batches whose gradients one task adds up, in this order.
 *
 * @param index number of the group within its step
 * @param microBatches its forward passes; none if the step has fewer examples than groups
 * @param tokens tokens of all its examples
 */
public record PlannedGroup(int index, List<MicroBatch> microBatches, long tokens) {

  public PlannedGroup {
    microBatches = List.copyOf(microBatches);
  }

  /** Number of examples. */
  public int examples() {
    return microBatches.stream().mapToInt(MicroBatch::size).sum();
  }

  /** The same group with some of its examples; see {@link PlannedStep#keeping}. */
  PlannedGroup keeping(IntPredicate kept, int[] lengths) {
    List<MicroBatch> left = new ArrayList<>();
    long leftTokens = 0;
    for (MicroBatch batch : microBatches) {
      int[] positions = Arrays.stream(batch.positions()).filter(kept).toArray();
      if (positions.length > 0) {
        left.add(new MicroBatch(positions));
      }
      leftTokens += Arrays.stream(positions).mapToLong(position -> lengths[position]).sum();
    }
    return new PlannedGroup(index, left, leftTokens);
  }
}
