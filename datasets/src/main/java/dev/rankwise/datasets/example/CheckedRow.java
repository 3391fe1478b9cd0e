package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.util.Objects;

/**
 * A row after its check: either text and label, or the reason why not.
 *
 * @param id the row's stable id
 * @param text the text, empty for a rejected row
 * @param label the label, empty for a rejected row
 * @param reason why the row was rejected, null when it was accepted
 */
public record CheckedRow(String id, String text, String label, RejectionReason reason)
    implements Serializable {
  public CheckedRow {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(label, "label");
  }

  /** A row that may become an example. */
  public static CheckedRow accepted(String id, String text, String label) {
    return new CheckedRow(id, text, label, null);
  }

  /** A row that may not; its content is let go. */
  public static CheckedRow rejected(String id, RejectionReason reason) {
    return new CheckedRow(id, "", "", Objects.requireNonNull(reason, "reason"));
  }

  /** Whether the row passed every check so far. */
  public boolean isAccepted() {
    return reason == null;
  }

  /** This row's rejection; only for a row that was not accepted. */
  public Rejection rejection() {
    return new Rejection(id, reason);
  }

  /** Hash of text and label: equal for rows with equal content. */
  public byte[] contentHash() {
    return new ContentHash().add(text).add(label).bytes();
  }
}
