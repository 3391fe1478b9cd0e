package dev.rankwise.models.failure;

/** Training stopped by its own numbers; the last good state is kept (exit 9). */
public final class TrainingStoppedException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public TrainingStoppedException(String message) {
    this(message, null);
  }

  public TrainingStoppedException(String message, Throwable cause) {
    super(FailureCode.TRAINING_STOPPED, message, cause);
  }
}
