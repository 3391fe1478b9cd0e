package dev.rankwise.models.failure;

/** Another run holds the run folder; retry later (exit 8). */
public final class RunHeldException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public RunHeldException(String message) {
    this(message, null);
  }

  public RunHeldException(String message, Throwable cause) {
    super(FailureCode.RUN_HELD, message, cause);
  }
}
