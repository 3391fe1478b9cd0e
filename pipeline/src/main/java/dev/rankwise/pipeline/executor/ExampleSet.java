package dev.rankwise.pipeline.executor;

import java.util.Arrays;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;

/**
 * The examples of a run, or of an evaluation. The lengths lie on the driver, which plans with them;
 * the tokens stay on the cluster.
 *
 * @param examples all examples, in any order and partitioning; read once an epoch
 * @param lengths tokens of each example, by position
 * @param targets labels of each example that count, by position: 1 for a class, of a causal decoder
 *     the tokens with a target
 */
public record ExampleSet(JavaRDD<TokenExample> examples, int[] lengths, int[] targets) {

  public ExampleSet {
    Objects.requireNonNull(examples, "examples");
    lengths = lengths.clone();
    targets = targets.clone();
  }

  /** Examples of one class each. */
  public ExampleSet(JavaRDD<TokenExample> examples, int[] lengths) {
    this(examples, lengths, ones(lengths.length));
  }

  @Override
  public int[] lengths() {
    return lengths.clone();
  }

  @Override
  public int[] targets() {
    return targets.clone();
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Number of examples. */
  public int size() {
    return lengths.length;
  }
}
