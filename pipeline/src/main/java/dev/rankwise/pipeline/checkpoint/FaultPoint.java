package dev.rankwise.pipeline.checkpoint;

/** A place in a run at which a test may let a fault happen. */
public enum FaultPoint {
  /** A step was computed and its update made; nothing of it is saved. */
  STEP_ENDED,
  /** A checkpoint's files are written, nothing of them is forced to the disk. */
  CHECKPOINT_WRITTEN,
  /** They are on the disk, not read back. */
  CHECKPOINT_SYNCED,
  /** They were read back and are what was written; the checkpoint is not in place. */
  CHECKPOINT_VERIFIED,
  /** The checkpoint is in place; older ones are still there. */
  CHECKPOINT_COMMITTED,
  /** Older ones are gone. */
  CHECKPOINTS_RETIRED,
  /** A run has taken over what another had reached, and done nothing yet. */
  RESUMED;

  /** Is told of every point that is reached. */
  @FunctionalInterface
  public interface Listener {

    /** A point is reached; a test's listener may throw, or end the process. */
    void reached(FaultPoint point);

    /** The one of production: nothing happens. */
    static Listener none() {
      return point -> {};
    }
  }
}
