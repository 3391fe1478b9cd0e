package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Where each example of some steps goes: its places, numbered by group, within a group by step,
 * then by micro-batch, then by the order in it.
 *
 * <p>A place is one number that partitions and sorts the examples at once. An example has as many
 * places as the steps use it, which is once but for the ends of an epoch.
 */
final class ShardLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int firstStep;

  /** First place of each group, then the total: (groups + 1). */
  private final int[] groupStarts;

  /** By group: first micro-batch of each step, then their number: (steps + 1). */
  private final int[][] stepStarts;

  /** By group: first example of each micro-batch, counted within the group, then the number. */
  private final int[][] batchStarts;

  /** First entry of each position in {@link #places}, then the total: (examples + 1). */
  private final int[] placeStarts;

  /** Places, by position. */
  private final int[] places;

  private ShardLayout(List<PlannedStep> steps, int groups, int examples) {
    this.firstStep = steps.isEmpty() ? 0 : steps.get(0).index();
    this.groupStarts = new int[groups + 1];
    this.stepStarts = new int[groups][steps.size() + 1];
    this.batchStarts = new int[groups][];
    for (int group = 0; group < groups; group++) {
      lay(steps, group);
    }
    this.placeStarts = new int[examples + 1];
    this.places = new int[groupStarts[groups]];
    index(steps, groups);
  }

  /**
   * The layout of consecutive steps.
   *
   * @param examples number of examples in the data
   */
  static ShardLayout of(List<PlannedStep> steps, int groups, int examples) {
    return new ShardLayout(steps, groups, examples);
  }

  private void lay(List<PlannedStep> steps, int group) {
    int[] starts = new int[batchesOf(steps, group) + 1];
    int batches = 0;
    for (int step = 0; step < steps.size(); step++) {
      stepStarts[group][step] = batches;
      for (MicroBatch batch : steps.get(step).groups().get(group).microBatches()) {
        starts[batches + 1] = Math.addExact(starts[batches], batch.size());
        batches++;
      }
    }
    stepStarts[group][steps.size()] = batches;
    batchStarts[group] = starts;
    groupStarts[group + 1] = Math.addExact(groupStarts[group], starts[batches]);
  }

  private static int batchesOf(List<PlannedStep> steps, int group) {
    return steps.stream().mapToInt(step -> step.groups().get(group).microBatches().size()).sum();
  }

  /** Sorts the places by position, by counting. */
  private void index(List<PlannedStep> steps, int groups) {
    int[] positions = new int[places.length];
    int place = 0;
    for (int group = 0; group < groups; group++) {
      for (PlannedStep step : steps) {
        PlannedGroup planned = step.groups().get(group);
        for (MicroBatch batch : planned.microBatches()) {
          for (int position : batch.positions()) {
            positions[place++] = position;
            placeStarts[position + 1]++;
          }
        }
      }
    }
    for (int position = 0; position + 1 < placeStarts.length; position++) {
      placeStarts[position + 1] += placeStarts[position];
    }
    int[] next = placeStarts.clone();
    for (int i = 0; i < positions.length; i++) {
      places[next[positions[i]]++] = i;
    }
  }

  /** The places of one example; none if no step uses it. */
  int[] placesOf(int position) {
    if (position < 0 || position >= placeStarts.length - 1) {
      throw new InternalException(
          "Invalid position of an example: %s; the plan was made for %s examples"
              .formatted(position, placeStarts.length - 1));
    }
    return Arrays.copyOfRange(places, placeStarts[position], placeStarts[position + 1]);
  }

  int groups() {
    return groupStarts.length - 1;
  }

  /** First place of each group, then the total. */
  int[] groupStarts() {
    return groupStarts.clone();
  }

  /** Lays the examples of one group, in the order of their places, into flat arrays. */
  GroupShard assemble(int group, List<TokenExample> examples) {
    int expected = groupStarts[group + 1] - groupStarts[group];
    if (examples.size() != expected) {
      throw new InternalException(
          ("Invalid shard of group %s: %s examples where the plan has %s; the prepared data changed"
                  + " while they were read")
              .formatted(group, examples.size(), expected));
    }
    return new GroupShard(
        group, firstStep, stepStarts[group], batchStarts[group], batchesBefore(group), examples);
  }

  /** Of each step, how many micro-batches the groups before have. */
  private int[] batchesBefore(int group) {
    int[] before = new int[stepStarts[group].length - 1];
    for (int step = 0; step < before.length; step++) {
      for (int other = 0; other < group; other++) {
        before[step] += stepStarts[other][step + 1] - stepStarts[other][step];
      }
    }
    return before;
  }
}
