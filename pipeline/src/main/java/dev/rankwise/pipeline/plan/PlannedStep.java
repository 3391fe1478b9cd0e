package dev.rankwise.pipeline.plan;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * One optimizer update: which examples it sees and how they are split.
 *
 * @param index number of the step within the run, from 0
 * @param groups its groups by index
 */
public record PlannedStep(int index, List<PlannedGroup> groups) {

  public PlannedStep {
    groups = List.copyOf(groups);
  }

  /** Number of examples of all groups. */
  public int examples() {
    return groups.stream().mapToInt(PlannedGroup::examples).sum();
  }

  /**
   * Number of labels of all groups: the denominator of a mean over labels.
   *
   * @param targets labels of each example, by position
   */
  public long targets(int[] targets) {
    return groups.stream()
        .flatMap(group -> group.microBatches().stream())
        .flatMapToInt(batch -> Arrays.stream(batch.positions()))
        .mapToLong(position -> targets[position])
        .sum();
  }

  /** Positions of all examples, group by group. */
  public int[] positions() {
    return groups.stream()
        .flatMap(group -> group.microBatches().stream())
        .flatMapToInt(batch -> Arrays.stream(batch.positions()))
        .toArray();
  }

  /**
   * The same step with some of its examples, each in the micro-batch that it was in; micro-batches
   * of which nothing is left are left out.
   *
   * @param kept whether an example stays, by position
   * @param lengths tokens of each example, by position
   */
  public PlannedStep keeping(IntPredicate kept, int[] lengths) {
    return new PlannedStep(
        index, groups.stream().map(group -> group.keeping(kept, lengths)).toList());
  }

  /** Number of micro-batches of all groups. */
  public int microBatches() {
    return groups.stream().mapToInt(group -> group.microBatches().size()).sum();
  }

  /** Number of tokens of all groups. */
  public long tokens() {
    return groups.stream().mapToLong(PlannedGroup::tokens).sum();
  }
}
