package dev.rankwise.models.failure;

/** A signal asked the run to end, and it did, after a checkpoint (exit 129, 130 or 143). */
public final class InterruptedRunException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  /**
   * The end that a signal brought.
   *
   * @param signal {@link FailureCode#HUNG_UP}, {@link FailureCode#INTERRUPTED} or {@link
   *     FailureCode#TERMINATED}
   */
  public InterruptedRunException(FailureCode signal, String message) {
    this(signal, message, null);
  }

  public InterruptedRunException(FailureCode signal, String message, Throwable cause) {
    super(signal, message, cause);
  }
}
