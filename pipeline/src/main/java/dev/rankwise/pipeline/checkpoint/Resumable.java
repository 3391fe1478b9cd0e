package dev.rankwise.pipeline.checkpoint;

/** A part of a run that remembers something from step to step. */
public interface Resumable {

  /**
   * All that it remembers: a part that is made as this one was, and then {@link #restore restored},
   * goes on to the same bits.
   */
  Snapshot state();

  /**
   * Remembers what a part of another process did.
   *
   * @throws dev.rankwise.models.failure.CorruptFileException if the state is none of such a part
   */
  void restore(Snapshot state);
}
