package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.StrictUtf8;
import java.util.Optional;

/** Judges the bytes of one value. */
final class ValueCheck {
  private static final int MOST_BYTES_OF_A_CHARACTER = 4;

  private ValueCheck() {}

  /** Why a value cannot be used, or null if it can. */
  static RejectionReason problem(byte[] value, int maximumCharacters) {
    // Judged by bytes first, so that an enormous value is never decoded.
    if (value.length > (long) maximumCharacters * MOST_BYTES_OF_A_CHARACTER) {
      return RejectionReason.TOO_LONG;
    }
    Optional<String> text = StrictUtf8.decode(value);
    if (text.isEmpty()) {
      return RejectionReason.INVALID_UTF8;
    }
    if (text.get().codePointCount(0, text.get().length()) > maximumCharacters) {
      return RejectionReason.TOO_LONG;
    }
    return StrictUtf8.hasControls(text.get()) ? RejectionReason.CONTROL_CHARACTER : null;
  }

  /** The text of a value without a problem. */
  static String decoded(byte[] value) {
    return StrictUtf8.decode(value).orElseThrow();
  }
}
