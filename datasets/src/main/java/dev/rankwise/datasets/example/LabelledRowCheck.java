package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import java.util.Objects;

/**
 * Judges one raw row of labelled text.
 *
 * <p>A row's id is its key, or else the SHA-256 of its text and label: never its place in a file.
 * Text and label are taken as they are, nothing is trimmed. The checks run in a fixed order (what
 * the source reported, key, text, label) and the first that fails gives the reason.
 *
 * @param columns whether there is a key
 * @param limits the longest text
 */
public record LabelledRowCheck(LabelledColumns columns, RowLimits limits) implements RowCheck {
  public LabelledRowCheck {
    Objects.requireNonNull(columns, "columns");
    Objects.requireNonNull(limits, "limits");
  }

  @Override
  public CheckedRow check(byte[][] values) {
    return check(values[0], values[1], columns.isKeyed() ? values[2] : null);
  }

  @Override
  public CheckedRow rejected(byte[][] values, RejectionReason reason, String recordHash) {
    return rejected(columns.isKeyed() ? values[2] : null, reason, recordHash);
  }

  /**
   * Judges a row that its source could read.
   *
   * @param text bytes of the text, or null
   * @param label bytes of the label, or null
   * @param key bytes of the key, or null where the row or the table has none
   */
  public CheckedRow check(byte[] text, byte[] label, byte[] key) {
    String contentId = new ContentHash().add(text).add(label).add(key).hex();
    if (columns.isKeyed()) {
      RejectionReason problem =
          key == null || key.length == 0
              ? RejectionReason.MISSING_KEY
              : ValueCheck.problem(key, RowLimits.MAXIMUM_NAME_CHARACTERS);
      if (problem != null) {
        return CheckedRow.rejected(contentId, problem);
      }
    }
    String id = columns.isKeyed() ? ValueCheck.decoded(key) : contentId;
    RejectionReason textProblem =
        text == null
            ? RejectionReason.MISSING_TEXT
            : ValueCheck.problem(text, limits.maximumCharacters());
    if (textProblem != null) {
      return CheckedRow.rejected(id, textProblem);
    }
    String decodedText = ValueCheck.decoded(text);
    if (decodedText.isBlank()) {
      return CheckedRow.rejected(id, RejectionReason.EMPTY_TEXT);
    }
    RejectionReason labelProblem =
        label == null || label.length == 0
            ? RejectionReason.MISSING_LABEL
            : ValueCheck.problem(label, RowLimits.MAXIMUM_NAME_CHARACTERS);
    if (labelProblem != null) {
      return CheckedRow.rejected(id, labelProblem);
    }
    return CheckedRow.accepted(id, decodedText, ValueCheck.decoded(label));
  }

  /**
   * Names a row that its source could not read: by its key, where that could be read, or else by
   * the hash of its record.
   */
  public CheckedRow rejected(byte[] key, RejectionReason reason, String recordHash) {
    boolean named =
        key != null
            && key.length > 0
            && ValueCheck.problem(key, RowLimits.MAXIMUM_NAME_CHARACTERS) == null;
    return CheckedRow.rejected(named ? ValueCheck.decoded(key) : recordHash, reason);
  }
}
