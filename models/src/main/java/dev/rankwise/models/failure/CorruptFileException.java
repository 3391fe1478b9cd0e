package dev.rankwise.models.failure;

/** A file is damaged, hostile, or not what its name says (exit 4). */
public final class CorruptFileException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public CorruptFileException(String message) {
    this(message, null);
  }

  public CorruptFileException(String message, Throwable cause) {
    super(FailureCode.CORRUPT_FILE, message, cause);
  }
}
