package dev.rankwise.datasets.shard;

/**
 * How large the examples of a split are.
 *
 * @param lengths tokens of each example, by position
 * @param targets labels or tokens that the loss is taken on, by position
 */
public record ExampleSizes(int[] lengths, int[] targets) {
  public ExampleSizes {
    lengths = lengths.clone();
    targets = targets.clone();
  }

  @Override
  public int[] lengths() {
    return lengths.clone();
  }

  @Override
  public int[] targets() {
    return targets.clone();
  }
}
