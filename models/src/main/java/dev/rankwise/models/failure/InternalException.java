package dev.rankwise.models.failure;

/** A bug of ours: a state that the code rules out (exit 70). */
public final class InternalException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public InternalException(String message) {
    this(message, null);
  }

  public InternalException(String message, Throwable cause) {
    super(FailureCode.INTERNAL, message, cause);
  }
}
