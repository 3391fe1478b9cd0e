package dev.rankwise.models.failure;

/** Some of several runs failed; the others are done. The exit code is that of the first. */
public final class FailedRunsException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  /**
   * The failure of several runs.
   *
   * @param first how the first of those that failed ended
   */
  public FailedRunsException(FailureCode first, String message) {
    this(first, message, null);
  }

  public FailedRunsException(FailureCode first, String message, Throwable cause) {
    super(first, message, cause);
  }
}
