package dev.rankwise.datasets.shard;

/**
 * How large the examples of a split are.
 *
 * @param lengths tokens of each example, by position
 * @param targets labels or tokens that the loss is taken on, by position
 * @param tasks task of each example, by position, never falling; empty where rows have no tasks
 */
public record ExampleSizes(int[] lengths, int[] targets, int[] tasks) {
  public ExampleSizes {
    lengths = lengths.clone();
    targets = targets.clone();
    tasks = tasks.clone();
  }

  @Override
  public int[] lengths() {
    return lengths.clone();
  }

  @Override
  public int[] targets() {
    return targets.clone();
  }

  @Override
  public int[] tasks() {
    return tasks.clone();
  }
}
