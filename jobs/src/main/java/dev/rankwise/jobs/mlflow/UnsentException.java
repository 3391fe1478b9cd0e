package dev.rankwise.jobs.mlflow;

/** Something could not be sent; the message says why, and what to do about it. */
public final class UnsentException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Whether it may help to send it once more. */
  public enum Remedy {
    /** The server was away, or took too long. */
    LATER,
    /** The server, or the folder, refuses it as it is. */
    MEND
  }

  private final Remedy remedy;

  UnsentException(Remedy remedy, String message) {
    this(remedy, message, null);
  }

  UnsentException(Remedy remedy, String message, Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  /** What may help. */
  public Remedy remedy() {
    return remedy;
  }
}
