package dev.rankwise.pipeline.checkpoint;

/** A storage in memory on which faults happen by plan. */
interface FaultyStorage extends Storage {

  /** Number of operations that change something, so far. */
  long operations();

  /** The machine goes down at an operation, counted from now; it is done in part or not at all. */
  void crashAt(long operation);

  /** From now on an operation that forces something to the disk fails, once, after so many. */
  void failSyncAt(long sync);

  /** So many bytes find room from now on, and no more. */
  void limit(long bytes);

  /** How many faults have happened. */
  int faults();

  /** What is there when the machine is up again. */
  FaultyStorage afterCrash(long seed);
}
