package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.failure.TrainingStoppedException;

/**
 * What a run does with a gradient that is not finite, or so large that its square is not. Nothing
 * non-finite reaches the optimizer, and nothing becomes so there.
 */
public enum GradientPolicy {
  /** The run ends; what it had reached before the step is kept. */
  STOP {
    @Override
    void refuse(StepGradient gradient, double norm) {
      throw new TrainingStoppedException(
          ("Training stopped at step %s: the loss is %s and the gradient's norm %s where both"
                  + " must be finite, and the norm after clipping at most %s; lower the learning"
                  + " rate, or set the policy for non-finite gradients to skip or halve")
              .formatted(gradient.step(), gradient.loss(), norm, LARGEST_NORM));
    }
  },
  /** The step changes nothing: parameters and optimizer stay as they were. */
  SKIP {
    @Override
    void refuse(StepGradient gradient, double norm) {}
  },
  /**
   * The step changes nothing, and from the next one on the learning rate is half of what it was.
   */
  HALVE {
    @Override
    void refuse(StepGradient gradient, double norm) {}

    @Override
    public double rateFactor() {
      return 0.5;
    }
  };

  /** The second moment is the mean of squares, as floats: they end at 3.4e38. */
  private static final double LARGEST_NORM = 1e18;

  /**
   * Whether the optimizer may use the gradient.
   *
   * @param norm its norm, before clipping
   * @param clip how it will be clipped
   * @throws TrainingStoppedException if it may not and the run must end
   */
  public boolean admits(StepGradient gradient, double norm, GlobalNormClip clip) {
    if (gradient.finite() && Double.isFinite(norm) && clip.clipped(norm) <= LARGEST_NORM) {
      return true;
    }
    refuse(gradient, norm);
    return false;
  }

  /** What the learning rate of all later steps is multiplied by after a gradient was refused. */
  public double rateFactor() {
    return 1;
  }

  abstract void refuse(StepGradient gradient, double norm);
}
