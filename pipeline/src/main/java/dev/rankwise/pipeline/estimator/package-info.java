/**
 * The engine as stages of Spark ML: an estimator that tunes a classifier of texts or pictures and
 * the model that it gives, which adds a prediction to the rows of any DataFrame; and the same of a
 * decoder, which adds text.
 *
 * <p>Read {@link dev.rankwise.pipeline.estimator.AdapterClassifier} first, then {@link
 * dev.rankwise.pipeline.estimator.AdapterClassifierModel}; {@link
 * dev.rankwise.pipeline.estimator.AdapterGenerator} and {@link
 * dev.rankwise.pipeline.estimator.AdapterGeneratorModel} are alike. Nothing here knows recipes, run
 * folders or the command line, and nothing trains or computes that other packages do not.
 */
package dev.rankwise.pipeline.estimator;
