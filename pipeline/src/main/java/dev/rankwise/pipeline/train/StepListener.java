package dev.rankwise.pipeline.train;

import java.util.List;

/** Hears of every step, on the driver, in order. */
@FunctionalInterface
public interface StepListener {

  /** A step has ended; its update, if there was one, is made. */
  void stepEnded(StepMetrics metrics);

  /**
   * The loop is about to begin.
   *
   * @param done how many steps an interrupted run had done and told before; 0 without one
   * @param steps number of steps of the run
   */
  default void beginning(int done, int steps) {}

  /** A checkpoint is about to be written: what was told up to here must be there if it is. */
  default void checkpointing() {}

  /**
   * Examples make a step fail always, and are left out of it and of all later ones.
   *
   * @param step number of the step, from 1
   * @param positions the examples, by position in the prepared data
   */
  default void quarantined(int step, List<Integer> positions) {}

  /** A listener that hears nothing. */
  static StepListener silent() {
    return metrics -> {};
  }

  /** One after the other. */
  static StepListener both(StepListener first, StepListener second) {
    return new StepListener() {
      @Override
      public void beginning(int done, int steps) {
        first.beginning(done, steps);
        second.beginning(done, steps);
      }

      @Override
      public void checkpointing() {
        first.checkpointing();
        second.checkpointing();
      }

      @Override
      public void quarantined(int step, List<Integer> positions) {
        first.quarantined(step, positions);
        second.quarantined(step, positions);
      }

      @Override
      public void stepEnded(StepMetrics metrics) {
        first.stepEnded(metrics);
        second.stepEnded(metrics);
      }
    };
  }
}
