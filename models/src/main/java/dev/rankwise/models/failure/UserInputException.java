package dev.rankwise.models.failure;

/** A recipe, an argument or a combination of both is wrong: mend the input (exit 2). */
public final class UserInputException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public UserInputException(String message) {
    this(message, null);
  }

  public UserInputException(String message, Throwable cause) {
    super(FailureCode.INVALID_INPUT, message, cause);
  }
}
