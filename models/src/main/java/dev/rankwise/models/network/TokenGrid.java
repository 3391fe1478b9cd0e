package dev.rankwise.models.network;

import java.util.Arrays;

/**
 * Where the tokens of a micro-batch lie: laid end to end in rows for everything but attention, and
 * side by side for attention, each sequence padded to the longest.
 *
 * <p>In bfloat16 the tokens are filled up to a multiple of {@value #WHOLE}: oneDNN compiles and
 * keeps a kernel for every size that it meets, and without that its kernels would outgrow the
 * model. What is filled in is read by no sequence and has no gradient.
 *
 * @param rows N, the number of rows that are computed, at least the number of tokens
 * @param sequences B
 * @param longest T, tokens of the longest sequence
 * @param positions position of each row within its sequence, (N)
 * @param rowOfPlace row of each place, (B·T); padded places repeat their sequence's first row
 * @param placeOfRow place of each row in (B·T), (N)
 */
record TokenGrid(
    int rows, int sequences, int longest, int[] positions, int[] rowOfPlace, int[] placeOfRow) {
  private static final int WHOLE = 16;

  /** The number of rows in which the tokens of a micro-batch are computed. */
  static int rows(TokenBatch batch, BaseType type) {
    return switch (type) {
      case FLOAT32 -> batch.tokens();
      case BFLOAT16 -> (batch.tokens() + WHOLE - 1) / WHOLE * WHOLE;
    };
  }

  /**
   * The grid of a micro-batch.
   *
   * @param rows number of rows, at least the number of tokens
   * @param firstPosition what the base counts positions from
   */
  static TokenGrid of(TokenBatch batch, int rows, int firstPosition) {
    int sequences = batch.sequences();
    int longest = 0;
    for (int b = 0; b < sequences; b++) {
      longest = Math.max(longest, batch.offsets()[b + 1] - batch.offsets()[b]);
    }
    int[] positions = new int[rows];
    Arrays.fill(positions, firstPosition);
    int[] rowOfPlace = new int[sequences * longest];
    int[] placeOfRow = new int[rows];
    for (int b = 0; b < sequences; b++) {
      int begin = batch.offsets()[b];
      int length = batch.offsets()[b + 1] - begin;
      for (int t = 0; t < longest; t++) {
        rowOfPlace[b * longest + t] = t < length ? begin + t : begin;
      }
      for (int t = 0; t < length; t++) {
        positions[begin + t] = firstPosition + batch.positions()[begin + t];
        placeOfRow[begin + t] = b * longest + t;
      }
    }
    return new TokenGrid(rows, sequences, longest, positions, rowOfPlace, placeOfRow);
  }
}
