package dev.rankwise.models.failure;

/** A commit may or may not have happened: look before retrying (exit 5). */
public final class CommitUnknownException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public CommitUnknownException(String message) {
    this(message, null);
  }

  public CommitUnknownException(String message, Throwable cause) {
    super(FailureCode.COMMIT_UNKNOWN, message, cause);
  }
}
