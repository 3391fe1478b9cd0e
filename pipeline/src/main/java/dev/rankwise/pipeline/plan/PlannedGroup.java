package dev.rankwise.pipeline.plan;

import java.util.List;

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
}
