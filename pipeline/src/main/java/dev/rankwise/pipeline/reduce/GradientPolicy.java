package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.failure.TrainingStoppedException;

/** What a run does with a gradient that is not finite. Nothing non-finite reaches the optimizer. */
public enum GradientPolicy {
  /** The run ends; what it had reached before the step is kept. */
  STOP {
    @Override
    void refuse(StepGradient gradient, double norm) {
      throw new TrainingStoppedException(
          ("Training stopped at step %s: the loss is %s and the gradient's norm %s where both"
                  + " must be finite; lower the learning rate, or set the policy for non-finite"
                  + " gradients to skip")
              .formatted(gradient.step(), gradient.loss(), norm));
    }
  },
  /** The step changes nothing: parameters and optimizer stay as they were. */
  SKIP {
    @Override
    void refuse(StepGradient gradient, double norm) {}
  };

  /**
   * Whether the optimizer may use the gradient.
   *
   * @param norm its norm, before clipping
   * @throws TrainingStoppedException if it may not and the run must end
   */
  public boolean admits(StepGradient gradient, double norm) {
    if (gradient.finite() && Double.isFinite(norm)) {
      return true;
    }
    refuse(gradient, norm);
    return false;
  }

  abstract void refuse(StepGradient gradient, double norm);
}
