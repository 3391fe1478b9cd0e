package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.StrictUtf8;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;

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
public record LabelledRowCheck(LabelledColumns columns, RowLimits limits) implements Serializable {
  private static final int MOST_BYTES_OF_A_CHARACTER = 4;

  public LabelledRowCheck {
    Objects.requireNonNull(columns, "columns");
    Objects.requireNonNull(limits, "limits");
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
              : problem(key, RowLimits.MAXIMUM_NAME_CHARACTERS);
      if (problem != null) {
        return CheckedRow.rejected(contentId, problem);
      }
    }
    String id = columns.isKeyed() ? decoded(key) : contentId;
    RejectionReason textProblem =
        text == null ? RejectionReason.MISSING_TEXT : problem(text, limits.maximumCharacters());
    if (textProblem != null) {
      return CheckedRow.rejected(id, textProblem);
    }
    String decodedText = decoded(text);
    if (decodedText.isBlank()) {
      return CheckedRow.rejected(id, RejectionReason.EMPTY_TEXT);
    }
    RejectionReason labelProblem =
        label == null || label.length == 0
            ? RejectionReason.MISSING_LABEL
            : problem(label, RowLimits.MAXIMUM_NAME_CHARACTERS);
    if (labelProblem != null) {
      return CheckedRow.rejected(id, labelProblem);
    }
    return CheckedRow.accepted(id, decodedText, decoded(label));
  }

  /**
   * Names a row that its source could not read: by its key, where that could be read, or else by
   * the hash of its record.
   */
  public CheckedRow rejected(byte[] key, RejectionReason reason, String recordHash) {
    boolean named =
        key != null && key.length > 0 && problem(key, RowLimits.MAXIMUM_NAME_CHARACTERS) == null;
    return CheckedRow.rejected(named ? decoded(key) : recordHash, reason);
  }

  private static RejectionReason problem(byte[] value, int maximumCharacters) {
    // Judged by bytes first, so that an enormous value is never decoded.
    if (value.length > (long) maximumCharacters * MOST_BYTES_OF_A_CHARACTER) {
      return RejectionReason.TOO_LONG;
    }
    Optional<String> text = StrictUtf8.decode(value);
    if (text.isEmpty()) {
      return RejectionReason.INVALID_UTF8;
    }
    return text.get().codePointCount(0, text.get().length()) > maximumCharacters
        ? RejectionReason.TOO_LONG
        : null;
  }

  private static String decoded(byte[] value) {
    return StrictUtf8.decode(value).orElseThrow();
  }
}
