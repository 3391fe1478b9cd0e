package dev.rankwise.pipeline.estimator;

import org.apache.spark.ml.util.MLReader;

/** Loads what {@link ClassifierWriter} saved. */
final class ClassifierReader extends MLReader<AdapterClassifierModel> {

  @Override
  public AdapterClassifierModel load(String path) {
    StageMetadata metadata = StageMetadata.read(sparkSession(), path, AdapterClassifierModel.class);
    return AdapterClassifierModel.load(sparkSession(), path, metadata);
  }
}
