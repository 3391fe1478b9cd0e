package dev.rankwise.pipeline.tune;

import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.TokenizerSource;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Tunes on all rows of a DataFrame. They are prepared in a folder that is gone afterwards. Driver
 * only.
 *
 * @param task how the rows are prepared
 * @param tokenizer the base's
 * @param pictures the folder of files that rows name
 * @param work folder that all executors reach, for the prepared rows; empty for Java's temporary
 *     folder, with a local master only
 * @param threads native threads of a Spark task
 */
public record FrameTuning(
    PreparationTask task,
    TokenizerSource tokenizer,
    PictureFolder pictures,
    String work,
    int threads) {
  private static final String ROWS = "the DataFrame";

  /**
   * What comes of it.
   *
   * @param model what was tuned
   * @param manifest the card of the prepared rows
   * @param losses mean loss of each step before its update, in nats
   */
  public record Tuned(TunedModel model, DataManifest manifest, List<Double> losses) {
    public Tuned {
      losses = List.copyOf(losses);
    }
  }

  /**
   * Prepares the rows and tunes on them.
   *
   * @param settings what is tuned and how, once the executors' library of float32 products is known
   * @throws dev.rankwise.models.failure.RankwiseException as {@link DataPreparation#prepare} and
   *     {@link AdapterTuning#tune} do
   */
  public Tuned tune(Dataset<Row> rows, Function<FloatProducts, TuningSettings> settings) {
    SparkSession spark = rows.sparkSession();
    SparkContext context = spark.sparkContext();
    DataPreparation preparation =
        new DataPreparation(RowSources.of(rows, ROWS, pictures.address()), task, tokenizer);
    try (WorkFolder folder =
        WorkFolder.fresh(context.master(), "workDirectory", work, context.hadoopConfiguration())) {
      List<ExecutorState> executors =
          ExecutorProbe.ask(JavaSparkContext.fromSparkContext(context), threads);
      AdapterTuning tuning =
          new AdapterTuning(spark, executors, settings.apply(executors.get(0).floatProducts()));
      PreparedData data = preparation.prepare(spark, folder.resolve("data"));
      List<Double> losses = new ArrayList<>();
      TunedModel tuned =
          tuning.tune(
              data.manifest(),
              PreparedExamples.of(spark, data, Split.TRAIN, task.pictures()),
              step -> losses.add(step.loss()),
              AdapterTuning.Selector.last(),
              Clock.systemUTC());
      return new Tuned(tuned, data.manifest(), losses);
    }
  }
}
