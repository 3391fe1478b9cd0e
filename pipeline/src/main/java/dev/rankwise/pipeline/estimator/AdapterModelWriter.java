package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.plan.Adapter;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;

/** Saves a model: Spark ML's metadata, and the adapter as a PEFT directory beside it. */
final class AdapterModelWriter extends MLWriter {
  static final String ADAPTER = "adapter";

  private final MLWriter metadata;
  private final Adapter adapter;
  private final AdapterCard card;

  /**
   * A writer.
   *
   * @param metadata writes uid and parameters
   */
  AdapterModelWriter(MLWriter metadata, Adapter adapter, AdapterCard card) {
    this.metadata = metadata;
    this.adapter = adapter;
    this.card = card;
  }

  @Override
  public void saveImpl(String path) {
    // The adapter first: a folder with metadata is complete.
    new AdapterFolder(
            new Path(path, ADAPTER).toString(), sparkSession().sparkContext().hadoopConfiguration())
        .write(adapter, card);
    metadata.session(sparkSession()).saveImpl(path);
  }
}
