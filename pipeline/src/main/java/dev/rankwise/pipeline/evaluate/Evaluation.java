package dev.rankwise.pipeline.evaluate;

/**
 * What a model says of a data set.
 *
 * @param metrics the figures
 * @param predicted of a classifier the predicted class of each example, by position; of a decoder
 *     empty
 */
public record Evaluation(Metrics metrics, int[] predicted) {

  public Evaluation {
    predicted = predicted.clone();
  }

  /** What a decoder says. */
  public Evaluation(Metrics metrics) {
    this(metrics, new int[0]);
  }

  @Override
  public int[] predicted() {
    return predicted.clone();
  }
}
