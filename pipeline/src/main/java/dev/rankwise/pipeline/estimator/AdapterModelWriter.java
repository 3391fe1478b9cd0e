package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.pipeline.tune.LibraryVersion;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;

/** Saves a model: Spark ML's metadata, and the adapter as a PEFT directory beside it. */
final class AdapterModelWriter extends MLWriter {
  static final String ADAPTER = "adapter";

  private final MLWriter metadata;
  private final TrainedAdapter trained;
  private final String base;
  private final ModelConfig config;

  /**
   * A writer.
   *
   * @param metadata writes uid and parameters
   * @param base name of the base, which must be found
   * @throws UserInputException if the model is whole, so that there is no adapter to save
   */
  AdapterModelWriter(MLWriter metadata, TrainedAdapter trained, String base) {
    if (trained.isNothing()) {
      throw new UserInputException(
          "Cannot save the model of \"%s\": it is whole, with no adapter beside it; keep its folder and"
                  .formatted(base)
              + " open it with fromModel");
    }
    this.metadata = metadata;
    this.trained = trained;
    this.base = base;
    this.config = ModelConfig.read(SparkBases.source().resolve(base).config());
  }

  @Override
  public void saveImpl(String path) {
    AdapterCard card =
        AdapterCard.of(LibraryVersion.RANKWISE, BaseNames.inHub(base), trained.baseSha256())
            .trainedOn(trained.held());
    // The adapter first: a folder with metadata is complete.
    new AdapterFolder(
            new Path(path, ADAPTER).toString(), sparkSession().sparkContext().hadoopConfiguration())
        .write(trained.on(config), card, trained.pictures());
    metadata.session(sparkSession()).saveImpl(path);
  }
}
