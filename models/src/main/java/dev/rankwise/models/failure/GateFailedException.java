package dev.rankwise.models.failure;

/** A quality gate of the recipe failed; the adapter is kept (exit 7). */
public final class GateFailedException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public GateFailedException(String message) {
    this(message, null);
  }

  public GateFailedException(String message, Throwable cause) {
    super(FailureCode.GATE_FAILED, message, cause);
  }
}
