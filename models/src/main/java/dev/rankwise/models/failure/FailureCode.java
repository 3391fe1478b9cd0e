package dev.rankwise.models.failure;

/** Why a command could not do what it was asked, with the exit code a scheduler sees. */
public enum FailureCode {
  /** A recipe, an argument or a combination of both is wrong. */
  INVALID_INPUT(2),
  /** The rows cannot be used: empty, without a needed column, with one class only. */
  UNUSABLE_DATA(3),
  /** A file is damaged, hostile, or not what its name says. */
  CORRUPT_FILE(4),
  /** A commit may or may not have happened: look before retrying. */
  COMMIT_UNKNOWN(5),
  /** The cluster could not run the job: executors, native library, memory. */
  CLUSTER_UNABLE(6),
  /** A quality gate of the recipe failed. */
  GATE_FAILED(7),
  /** Another run holds the run folder. */
  RUN_HELD(8),
  /** Training stopped by its own numbers. */
  TRAINING_STOPPED(9),
  /** A bug of ours. */
  INTERNAL(70),
  /** The terminal went away. */
  HUNG_UP(129),
  /** Somebody pressed Ctrl-C. */
  INTERRUPTED(130),
  /** Somebody, or a scheduler, asked the process to end. */
  TERMINATED(143);

  private final int exitCode;

  FailureCode(int exitCode) {
    this.exitCode = exitCode;
  }

  /** The process exit code, as listed in the command's documentation. */
  public int exitCode() {
    return exitCode;
  }
}
