package dev.rankwise.pipeline.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A run's checkpoints together with the lock that lets this process alone write them.
 *
 * <pre>{@code
 * try (CheckpointFolder folder = CheckpointFolder.open(storage, RENAME, 2, clock)) {
 *   Optional<Checkpoint> newest = folder.newest();
 *   folder.commit(120, fingerprint, state);
 * }
 * }</pre>
 */
public final class CheckpointFolder implements AutoCloseable {
  private final CheckpointStore store;
  private final RunLock lock;
  private final FaultPoint.Listener faults;

  private CheckpointFolder(CheckpointStore store, RunLock lock, FaultPoint.Listener faults) {
    this.store = store;
    this.lock = lock;
    this.faults = faults;
  }

  /**
   * Takes the folder, and removes what a run that died had begun to write. A holder on another host
   * is given the time of its lease to be heard of.
   *
   * @param kept how many of the newest checkpoints stay
   * @throws dev.rankwise.models.failure.RunHeldException if another process holds it
   */
  public static CheckpointFolder open(
      Storage storage, CommitStrategy strategy, int kept, Clock clock) {
    return open(storage, strategy, kept, clock, FaultPoint.Listener.none());
  }

  /** The same, telling of every point at which a fault may happen. */
  public static CheckpointFolder open(
      Storage storage, CommitStrategy strategy, int kept, Clock clock, FaultPoint.Listener faults) {
    RunLock.awaitSilence(storage, RunLock.LEASE, clock, RunLock.PAUSE);
    CheckpointFolder folder = taken(storage, strategy, kept, clock, faults);
    folder.lock.keepRenewing();
    return folder;
  }

  /** The same, but its lock is renewed with each checkpoint only. */
  static CheckpointFolder taken(
      Storage storage, CommitStrategy strategy, int kept, Clock clock, FaultPoint.Listener faults) {
    CheckpointStore store = new CheckpointStore(storage, strategy, kept, faults);
    Duration lease = RunLock.LEASE;
    RunLock lock = RunLock.acquire(storage, store.highestTerm(), lease, clock);
    store.removeLeftovers();
    return new CheckpointFolder(store, lock, faults);
  }

  /** Where the checkpoints lie, in words. */
  public String shown() {
    return store.shown();
  }

  /** The newest checkpoint that is whole. */
  public Optional<Checkpoint> newest() {
    return store.newest();
  }

  /** Whether any checkpoint was committed here, be it whole or not. */
  public boolean holdsAny() {
    return !store.committed().isEmpty();
  }

  /**
   * Does nothing as long as this process is the one that may write.
   *
   * @throws dev.rankwise.models.failure.RunHeldException if another has taken over
   */
  public void requireHeld() {
    lock.requireHeld();
  }

  /** Tells of a point at which a fault may happen. */
  public void reached(FaultPoint point) {
    faults.reached(point);
  }

  /**
   * Writes a checkpoint under this process's term.
   *
   * @param step number of steps that were done
   * @param fingerprint what the run's bytes depend on
   * @throws dev.rankwise.models.failure.RunHeldException if another process has taken over
   * @throws dev.rankwise.models.failure.UserInputException if it cannot be written
   */
  public void commit(int step, SortedMap<String, String> fingerprint, Snapshot state) {
    lock.renew();
    store.commit(new CheckpointName(lock.term(), step), fingerprint, state);
  }

  /** Says that the run of the newest checkpoint came to its end. */
  public void finish() {
    lock.renew();
    store.finish();
  }

  @Override
  public void close() {
    lock.close();
  }
}
