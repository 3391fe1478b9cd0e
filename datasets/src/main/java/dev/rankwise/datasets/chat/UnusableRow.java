package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.Objects;

/**
 * A row that cannot become an example. Caught where rows are judged and counted there: it never
 * reaches a user, so it holds the reason alone and no trace.
 */
public final class UnusableRow extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;

  /** A row to be counted under {@code reason}. */
  public UnusableRow(RejectionReason reason) {
    super(reason.description(), null, false, false);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** What the row is counted under. */
  public RejectionReason reason() {
    return reason;
  }
}
