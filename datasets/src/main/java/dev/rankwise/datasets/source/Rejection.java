package dev.rankwise.datasets.source;

import java.io.Serializable;
import java.util.Objects;

/**
 * A row that was not used, and why. Holds no content of the row beyond its id.
 *
 * @param rowId the row's key, or the hash of its content where it has none that can be read
 * @param reason why it was not used
 */
public record Rejection(String rowId, RejectionReason reason) implements Serializable {
  public Rejection {
    Objects.requireNonNull(rowId, "rowId");
    Objects.requireNonNull(reason, "reason");
  }
}
