package dev.rankwise.pipeline.executor;

import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;

/**
 * The examples of a run, or of an evaluation. The lengths lie on the driver, which plans with them;
 * the tokens stay on the cluster.
 *
 * @param examples all examples, in any order and partitioning; read once an epoch
 * @param lengths tokens of each example, by position
 */
public record ExampleSet(JavaRDD<TokenExample> examples, int[] lengths) {

  public ExampleSet {
    Objects.requireNonNull(examples, "examples");
    lengths = lengths.clone();
  }

  @Override
  public int[] lengths() {
    return lengths.clone();
  }

  /** Number of examples. */
  public int size() {
    return lengths.length;
  }
}
