package dev.rankwise.pipeline.optimizer;

import dev.rankwise.models.failure.UserInputException;

/**
 * A run of the flat parameter vector that shares a learning rate and a weight decay.
 *
 * @param offset its first parameter
 * @param length number of parameters, at least 1
 * @param rateFactor its learning rate as a multiple of the schedule's
 * @param weightDecay λ of AdamW
 */
public record ParameterGroup(int offset, int length, double rateFactor, double weightDecay) {

  public ParameterGroup {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException(
          "Invalid parameter group: " + length + " parameters from " + offset);
    }
    if (!(rateFactor >= 0) || Double.isInfinite(rateFactor)) {
      throw new UserInputException(
          "Invalid learning rate factor: " + rateFactor + "; it must be finite and at least 0");
    }
    if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
      throw new UserInputException(
          "Invalid weight decay: " + weightDecay + "; it must be finite and at least 0");
    }
  }
}
