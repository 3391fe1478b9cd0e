package dev.rankwise.pipeline.evaluate;

/**
 * What a model says of a data set.
 *
 * @param metrics the figures
 * @param predicted predicted class of each example, by position
 */
public record Evaluation(ClassificationMetrics metrics, int[] predicted) {

  public Evaluation {
    predicted = predicted.clone();
  }

  @Override
  public int[] predicted() {
    return predicted.clone();
  }
}
