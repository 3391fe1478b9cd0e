package dev.rankwise.pipeline.evaluate;

import java.util.Map;

/** The figures of a model on held-out examples. */
public sealed interface Metrics permits ClassificationMetrics, LanguageMetrics {

  /** Number of examples. */
  long examples();

  /** Mean loss in nats; NaN where it was not computed. */
  double meanLoss();

  /** All figures by the names they have in {@code evaluation.json}. */
  Map<String, Object> fields();

  /** The few that people look at first, in the order of their weight; finite. */
  Map<String, Double> mainFigures();
}
