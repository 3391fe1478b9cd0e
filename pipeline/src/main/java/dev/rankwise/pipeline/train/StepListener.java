package dev.rankwise.pipeline.train;

/** Hears of every step, on the driver, in order. */
@FunctionalInterface
public interface StepListener {

  /** A step has ended; its update, if there was one, is made. */
  void stepEnded(StepMetrics metrics);

  /** A listener that hears nothing. */
  static StepListener silent() {
    return metrics -> {};
  }
}
