package dev.rankwise.pipeline.estimator;

import org.apache.spark.ml.util.MLReader;

/** Loads a saved estimator: its uid and its parameters. */
final class EstimatorReader extends MLReader<AdapterClassifier> {

  @Override
  public AdapterClassifier load(String path) {
    StageMetadata metadata = StageMetadata.read(sparkSession(), path, AdapterClassifier.class);
    AdapterClassifier estimator = new AdapterClassifier(metadata.uid());
    metadata.applyTo(estimator);
    return estimator;
  }
}
