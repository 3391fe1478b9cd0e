package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import java.util.List;

/**
 * Looks at a run's parameters between its steps: says when the run ends, and which of all the
 * parameters it gives.
 */
public interface Selection extends Resumable {

  /**
   * Whether the run goes on.
   *
   * @param step number of steps that were done
   * @param theta the parameters after them; the next step changes them in place
   */
  boolean goesOn(int step, float[] theta);

  /**
   * The parameters that the run gives.
   *
   * @param step number of steps that were done in all
   * @param theta the parameters after the last one
   */
  float[] chosen(int step, float[] theta);

  /** What was measured to choose by, in order. */
  List<HeldOutLoss> measured();

  /** Those of the last step. */
  static Selection last() {
    return new Selection() {
      @Override
      public boolean goesOn(int step, float[] theta) {
        return true;
      }

      @Override
      public float[] chosen(int step, float[] theta) {
        return theta;
      }

      @Override
      public List<HeldOutLoss> measured() {
        return List.of();
      }

      @Override
      public Snapshot state() {
        return Snapshot.empty();
      }

      @Override
      public void restore(Snapshot state) {
        // The parameters of the last step are remembered by the run itself.
      }
    };
  }
}
