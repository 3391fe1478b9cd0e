package dev.rankwise.models.failure;

/** The rows cannot be used as asked: mend the data (exit 3). */
public final class DataException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    this(message, null);
  }

  public DataException(String message, Throwable cause) {
    super(FailureCode.UNUSABLE_DATA, message, cause);
  }
}
