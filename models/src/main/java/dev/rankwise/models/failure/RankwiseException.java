package dev.rankwise.models.failure;

import dev.rankwise.models.text.PrintableText;
import java.util.Objects;

/**
 * The root of every failure that Rankwise reports to a user.
 *
 * <p>The message is one paragraph: what was wrong, the value, the rule, the remedy. Row contents
 * and secrets never stand in it. What it quotes from outside steers no terminal.
 */
public abstract class RankwiseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final FailureCode code;

  RankwiseException(FailureCode code, String message, Throwable cause) {
    super(PrintableText.ofLines(Objects.requireNonNullElse(message, "")), cause);
    this.code = Objects.requireNonNull(code, "code");
  }

  /** The kind of failure. */
  public final FailureCode code() {
    return code;
  }
}
