package dev.rankwise.pipeline.evaluate;

/**
 * How often examples of one class were taken for another, or for their own.
 *
 * @param truth class number that is right
 * @param predicted class number that the model chose
 * @param count examples, at least 1
 */
public record ConfusionCell(int truth, int predicted, long count) {

  /** Whether these examples were told rightly. */
  public boolean correct() {
    return truth == predicted;
  }
}
