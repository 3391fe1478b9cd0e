package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;

/**
 * How large a row may be. A larger one is a counted rejection, so that one broken row cannot take a
 * task's memory.
 *
 * @param maximumCharacters most Unicode characters of a text, in [1, 100,000,000]
 */
public record RowLimits(int maximumCharacters) implements Serializable {
  /** Most characters of a text unless a recipe says otherwise. */
  public static final int DEFAULT_MAXIMUM_CHARACTERS = 1_000_000;

  /** Most characters of a key or a label. */
  public static final int MAXIMUM_NAME_CHARACTERS = 1_024;

  private static final int LARGEST_LIMIT = 100_000_000;
  private static final int LEAST_ROW_BYTES = 16 << 20;
  private static final int LONGEST_ESCAPE_BYTES = 12;

  public RowLimits {
    if (maximumCharacters < 1 || maximumCharacters > LARGEST_LIMIT) {
      throw new UserInputException(
          "Invalid maximum characters of a row: "
              + maximumCharacters
              + " (must be in [1, "
              + LARGEST_LIMIT
              + "]); set a limit inside the range");
    }
  }

  /** The limits used when nothing is said. */
  public static RowLimits defaults() {
    return new RowLimits(DEFAULT_MAXIMUM_CHARACTERS);
  }

  /**
   * Bytes of a line or record beyond which it is not parsed at all: 16 MiB, or room for the longest
   * text with every character written as two JSON escapes (12 bytes), whichever is more.
   */
  public int maximumRecordBytes() {
    return Math.max(LEAST_ROW_BYTES, maximumCharacters * LONGEST_ESCAPE_BYTES);
  }
}
