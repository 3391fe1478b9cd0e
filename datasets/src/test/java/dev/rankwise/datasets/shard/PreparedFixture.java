package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.SourceDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Small prepared data, written the way the real one is. */
final class PreparedFixture {
  static final SparkSession SPARK = LocalSpark.session();
  static final LabelSet LABELS = LabelSet.sorted(List.of("food", "place"));
  static final int MAXIMUM_TOKENS = 16;

  private PreparedFixture() {}

  /** Examples 0 … count-1: example i has i % 5 + 2 tokens; every fourth was cut. */
  static List<Example> examples(String prefix, int count) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = new int[i % 5 + 2];
      for (int j = 0; j < ids.length; j++) {
        ids[j] = 100 * i + j;
      }
      examples.add(new Example(i, prefix + i, ids, i % 2));
    }
    return examples;
  }

  static JavaRDD<Row> rows(List<Example> examples, int partitions) {
    return JavaSparkContext.fromSparkContext(SPARK.sparkContext())
        .parallelize(examples, partitions)
        .map(
            example ->
                example.position() % 4 == 3
                    ? ExampleRows.truncated(example)
                    : ExampleRows.whole(example));
  }

  static JavaRDD<Rejection> rejections() {
    return JavaSparkContext.fromSparkContext(SPARK.sparkContext())
        .parallelize(List.of(new Rejection("bad", RejectionReason.EMPTY_TEXT)), 1);
  }

  /** Writes {@code train} and five test examples to {@code directory}. */
  static PreparedData write(String directory, List<Example> train, int partitions) {
    List<Example> test = examples("test", 5);
    try (PreparedWriter writer =
        new PreparedWriter(
            SPARK, directory, ExampleKind.LABELLED, LABELS.labels(), List.of(), MAXIMUM_TOKENS)) {
      SplitManifest trained = writer.write(Split.TRAIN, rows(train, partitions));
      SplitManifest held = writer.write(Split.TEST, rows(test, 1));
      writer.writeRejections(PreparedWriter.unplaced(rejections()));
      long truncated = trained.truncated() + held.truncated();
      return writer.commit(
          origin(),
          new Funnel(
              train.size() + test.size() + 1L,
              Map.of(RejectionReason.EMPTY_TEXT, 1L),
              0,
              train.size(),
              test.size(),
              truncated));
    }
  }

  static PreparedWriter.Origin origin() {
    return new PreparedWriter.Origin(
        "fresh",
        "b".repeat(64),
        "c".repeat(64),
        List.of(new SourceDescription("csv", "a.csv", "v1")),
        Map.of("max-tokens", "16"));
  }
}
