package dev.rankwise.pipeline.plan;

import java.util.List;

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

  /** Number of examples of all groups: the denominator of a mean over examples. */
  public int examples() {
    return groups.stream().mapToInt(PlannedGroup::examples).sum();
  }

  /** Number of tokens of all groups. */
  public long tokens() {
    return groups.stream().mapToLong(PlannedGroup::tokens).sum();
  }
}
