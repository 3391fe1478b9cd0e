package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Snapshot;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the training loop leaves what it remembers, and finds what a run before it left. */
public interface Checkpoints {

  /**
   * What a run before this one had reached; empty if this one begins at the beginning.
   *
   * @param steps number of steps that this run is to have
   */
  Optional<Snapshot> reached(int steps);

  /**
   * Whether the state is to be saved now, after a step.
   *
   * @param step number of steps that were done
   * @throws dev.rankwise.models.failure.RunHeldException if another run has taken over
   */
  boolean isDue(int step);

  /**
   * Saves the state after so many steps; what was told of them must last as well.
   *
   * @throws dev.rankwise.models.failure.InterruptedRunException if the run is to end now
   */
  void save(int step, Snapshot state);

  /**
   * A step could not be computed.
   *
   * @param step number of steps that were done before it
   * @param failure why not
   * @param state what the run remembers of these
   * @throws dev.rankwise.models.failure.InterruptedRunException after the state was saved, if the
   *     step was given up because the run is to end, or its Spark job was cancelled
   */
  void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state);

  /** None: a run that is interrupted begins again. */
  static Checkpoints none() {
    return new Checkpoints() {
      @Override
      public Optional<Snapshot> reached(int steps) {
        return Optional.empty();
      }

      @Override
      public boolean isDue(int step) {
        return false;
      }

      @Override
      public void save(int step, Snapshot state) {
        // Nobody will ask for it.
      }

      @Override
      public void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state) {
        // It is told by whoever computed it.
      }
    };
  }
}
