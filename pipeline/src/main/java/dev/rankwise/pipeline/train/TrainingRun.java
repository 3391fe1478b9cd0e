package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.executor.ExampleSet;

/**
 * One run of the training loop.
 *
 * @param name names it among all that the executors may hear of
 * @param data the examples
 * @param initial the parameters to start from, (parameters)
 * @param selection says when the run ends early and which parameters it gives
 * @param checkpoints where it goes on if it was interrupted, and leaves what it remembers
 */
public record TrainingRun(
    String name, ExampleSet data, float[] initial, Selection selection, Checkpoints checkpoints) {

  /** A run that begins at the beginning, and leaves nothing if it is interrupted. */
  public TrainingRun(String name, ExampleSet data, float[] initial, Selection selection) {
    this(name, data, initial, selection, Checkpoints.none());
  }
}
