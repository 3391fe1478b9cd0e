package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.CorruptFileException;

/**
 * A loss that was measured on the way.
 *
 * @param step number of steps that were done
 * @param loss mean loss on the held-out rows after them, in nats
 */
public record HeldOutLoss(int step, double loss) {

  /** Step and loss as a checkpoint keeps them; the loss with all its bits. */
  String text() {
    return step + ":" + loss;
  }

  /**
   * What {@link #text} gave.
   *
   * @throws CorruptFileException if it gave no such text
   */
  static HeldOutLoss parse(String text) {
    try {
      int colon = text.indexOf(':');
      return new HeldOutLoss(
          Integer.parseInt(text.substring(0, Math.max(0, colon))),
          Double.parseDouble(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new CorruptFileException(
          "Cannot go on from the checkpoint: a loss that was measured on the way is no number; move"
              + " the folder of checkpoints away to start from the beginning",
          e);
    }
  }
}
