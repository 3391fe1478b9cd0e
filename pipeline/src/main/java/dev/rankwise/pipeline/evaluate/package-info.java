/**
 * How good a model's answers are on rows that it was not trained on.
 *
 * <p>Read {@link dev.rankwise.pipeline.evaluate.ClassificationMetrics} first: the figures of a
 * classifier, computed from nothing but true and predicted class numbers. Nothing here knows how a
 * model was trained, which recipe asked, or how figures are shown.
 */
package dev.rankwise.pipeline.evaluate;
