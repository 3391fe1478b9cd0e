package dev.rankwise.pipeline.tune;

import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import org.apache.spark.sql.SparkSession;

/** The door from prepared data to the engine. */
public final class PreparedExamples {

  private PreparedExamples() {}

  /** The examples of one split; their lengths are read, and their content compared, once. */
  public static ExampleSet of(SparkSession spark, PreparedData data, Split split) {
    return new ExampleSet(
        data.examples(spark, split)
            .map(example -> new TokenExample(example.position(), example.ids(), example.label())),
        data.lengths(spark, split));
  }
}
