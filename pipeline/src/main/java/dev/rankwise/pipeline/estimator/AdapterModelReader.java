package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseDirectory;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/**
 * Loads what {@link AdapterModelWriter} saved.
 *
 * @param <M> the model
 */
final class AdapterModelReader<M extends Model<M>> extends MLReader<M> {
  private final Class<M> type;
  private final BiFunction<String, TrainedAdapter, M> made;

  /**
   * @param made a model of a uid and an adapter
   */
  AdapterModelReader(Class<M> type, BiFunction<String, TrainedAdapter, M> made) {
    this.type = type;
    this.made = made;
  }

  @Override
  public M load(String path) {
    StageMetadata metadata = StageMetadata.read(sparkSession(), path, type);
    String folder = new Path(path, AdapterModelWriter.ADAPTER).toString();
    M model = made.apply(metadata.uid(), adapter(sparkSession(), metadata.text("base"), folder));
    metadata.applyTo(model);
    return model;
  }

  /**
   * The adapter of a PEFT directory.
   *
   * @param base name of the base that it was trained on
   * @param directory a path, or a URI of any file system that Hadoop knows
   */
  static TrainedAdapter adapter(SparkSession spark, String base, String directory) {
    BaseDirectory found = SparkBases.source().resolve(base);
    AdapterFolder folder = new AdapterFolder(directory, spark.sparkContext().hadoopConfiguration());
    Adapter adapter = folder.read(ModelConfig.read(found.config()), found.sha256());
    adapter.requireCopiesOf(found);
    return TrainedAdapter.of(found.sha256(), adapter, folder.held())
        .seeing(
            adapter.plan().base().vision().stream()
                .map(vision -> folder.pictures(vision.images()))
                .toList());
  }
}
