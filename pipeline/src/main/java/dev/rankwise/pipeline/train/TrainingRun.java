package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.executor.ExampleSet;

/**
 * One run of the training loop.
 *
 * @param name names it among all that the executors may hear of
 * @param data the examples
 * @param initial the parameters to start from, (parameters)
 * @param selection says when the run ends early and which parameters it gives
 * @param hook the method's part in each step
 * @param checkpoints where it goes on if it was interrupted, and leaves what it remembers
 */
public record TrainingRun(
    String name,
    ExampleSet data,
    float[] initial,
    Selection selection,
    UpdateHook hook,
    Checkpoints checkpoints) {

  /** A run that begins at the beginning, and leaves nothing if it is interrupted. */
  public TrainingRun(String name, ExampleSet data, float[] initial, Selection selection) {
    this(name, data, initial, selection, UpdateHook.none(), Checkpoints.none());
  }

  /** A run by a method that has no part in the steps themselves. */
  public TrainingRun(
      String name, ExampleSet data, float[] initial, Selection selection, Checkpoints checkpoints) {
    this(name, data, initial, selection, UpdateHook.none(), checkpoints);
  }
}
