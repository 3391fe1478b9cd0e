package dev.rankwise.models.tokenizer.bpe;

import java.util.Arrays;

/**
 * The letters that stand for bytes in byte-level vocabularies: a printable character of Latin-1
 * stands for its own code; the other 68 bytes, in order, for U+0100 and on. So a token is
 * printable, and holds no blank.
 */
final class ByteLetters {
  private static final int BYTES = 256;
  private static final char[] LETTERS = letters();

  private ByteLetters() {}

  /** The letter of a byte, 0 to 255. */
  static char of(int value) {
    return LETTERS[value];
  }

  /** All 256 letters, by code. */
  static char[] inOrder() {
    char[] ordered = LETTERS.clone();
    Arrays.sort(ordered);
    return ordered;
  }

  private static char[] letters() {
    char[] letters = new char[BYTES];
    char next = BYTES;
    for (char value = 0; value < BYTES; value++) {
      boolean printable =
          (value >= '!' && value <= '~')
              || (value >= '\u00a1' && value <= '\u00ac')
              || value >= '\u00ae';
      letters[value] = printable ? value : next++;
    }
    return letters;
  }
}
