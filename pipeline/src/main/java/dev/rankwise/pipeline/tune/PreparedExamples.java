package dev.rankwise.pipeline.tune;

import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.shard.ExampleSizes;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/** The door from prepared data to the engine. */
public final class PreparedExamples {

  private PreparedExamples() {}

  /** The examples of one split; their sizes are read, and their content compared, once. */
  public static ExampleSet of(SparkSession spark, PreparedData data, Split split) {
    JavaRDD<TokenExample> examples =
        switch (data.manifest().kind()) {
          case LABELLED ->
              data.examples(spark, split)
                  .map(
                      example ->
                          new TokenExample(example.position(), example.ids(), example.label()));
          case SEQUENCES -> data.sequences(spark, split).map(PreparedExamples::example);
        };
    ExampleSizes sizes = data.sizes(spark, split);
    List<String> names = data.manifest().tasks();
    int[] ofTasks = new int[names.size()];
    Arrays.stream(sizes.tasks()).forEach(task -> ofTasks[task]++);
    return new ExampleSet(examples, sizes.lengths(), sizes.targets(), names, ofTasks);
  }

  /** Each token is to predict the one after it in its text, where the loss is taken on that. */
  static TokenExample example(Sequence sequence) {
    int[] ids = sequence.ids();
    boolean[] trained = sequence.trained();
    int[] own = new int[ids.length];
    Arrays.setAll(own, token -> trained[token] ? ids[token] : TokenBatch.NONE);
    int[] starts = sequence.starts();
    int[] offsets = Arrays.copyOf(starts, starts.length + 1);
    offsets[starts.length] = ids.length;
    TokenBatch texts = new TokenBatch(ids, new int[ids.length], offsets, new int[0]);
    return new TokenExample(
        sequence.position(), starts, ids, texts.withNextTokens(own).labels(), sequence.task());
  }
}
