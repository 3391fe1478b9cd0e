package dev.rankwise.models.network;

import dev.rankwise.models.packing.BestFit;
import dev.rankwise.models.torch.FloatProducts;
import java.util.Arrays;

/**
 * Where the tokens of a micro-batch lie: laid end to end in rows for everything but attention, and
 * in lines for attention, each as long as the longest sequence.
 *
 * <p>Where oneDNN computes, which is always so in bfloat16, the tokens are filled up to a multiple
 * of {@value #WHOLE}: it compiles and keeps a kernel for every size that it meets, and without that
 * its kernels would outgrow the model. What is filled in is read by no sequence and has no
 * gradient.
 *
 * @param rows N, the number of rows that are computed, at least the number of tokens
 * @param lines B
 * @param longest T, tokens of the longest sequence
 * @param positions position of each row within its sequence, (N)
 * @param rowOfPlace row of each place, (B·T); padded places repeat a row of their line
 * @param placeOfRow place of each row in (B·T), (N)
 * @param sequenceOfPlace sequence of each place, (B·T); −1 where padded
 */
record TokenGrid(
    int rows,
    int lines,
    int longest,
    int[] positions,
    int[] rowOfPlace,
    int[] placeOfRow,
    int[] sequenceOfPlace) {
  private static final int WHOLE = 16;
  private static final int PADDED = -1;

  /** The number of rows in which the tokens of a micro-batch are computed. */
  static int rows(TokenBatch batch, ReplicaSettings settings) {
    boolean compiled =
        switch (settings.baseType()) {
          case FLOAT32 -> settings.floatProducts() == FloatProducts.ONEDNN;
          case BFLOAT16 -> true;
        };
    return compiled ? (batch.tokens() + WHOLE - 1) / WHOLE * WHOLE : batch.tokens();
  }

  /**
   * The grid of a micro-batch in which each sequence has a line of its own.
   *
   * @param rows number of rows, at least the number of tokens
   * @param firstPosition what the base counts positions from
   */
  static TokenGrid of(TokenBatch batch, int rows, int firstPosition) {
    int[] own = new int[batch.sequences()];
    Arrays.setAll(own, sequence -> sequence);
    return laid(batch, rows, firstPosition, own);
  }

  /**
   * The grid of a micro-batch in which short sequences share lines. They have to be kept from
   * attending to each other.
   *
   * @param rows number of rows, at least the number of tokens
   */
  static TokenGrid shared(TokenBatch batch, int rows) {
    int[] lengths = lengths(batch);
    return laid(batch, rows, 0, BestFit.bins(lengths, longest(lengths)));
  }

  /** Whether a line holds several sequences. */
  boolean isShared(TokenBatch batch) {
    return lines < batch.sequences();
  }

  private static TokenGrid laid(TokenBatch batch, int rows, int firstPosition, int[] lineOf) {
    int lines = Arrays.stream(lineOf).max().orElse(-1) + 1;
    int longest = longest(lengths(batch));
    int[] positions = new int[rows];
    Arrays.fill(positions, firstPosition);
    int[] rowOfPlace = new int[lines * longest];
    int[] placeOfRow = new int[rows];
    int[] sequenceOfPlace = new int[lines * longest];
    Arrays.fill(sequenceOfPlace, PADDED);
    int[] filled = new int[lines];
    for (int b = 0; b < lineOf.length; b++) {
      int begin = batch.offsets()[b];
      int length = batch.offsets()[b + 1] - begin;
      int place = lineOf[b] * longest + filled[lineOf[b]];
      filled[lineOf[b]] += length;
      for (int t = 0; t < length; t++) {
        positions[begin + t] = firstPosition + batch.positions()[begin + t];
        placeOfRow[begin + t] = place + t;
        rowOfPlace[place + t] = begin + t;
        sequenceOfPlace[place + t] = b;
      }
    }
    for (int line = 0; line < lines; line++) {
      int begin = line * longest;
      Arrays.fill(rowOfPlace, begin + filled[line], begin + longest, rowOfPlace[begin]);
    }
    return new TokenGrid(rows, lines, longest, positions, rowOfPlace, placeOfRow, sequenceOfPlace);
  }

  private static int longest(int[] lengths) {
    return Arrays.stream(lengths).max().orElse(0);
  }

  private static int[] lengths(TokenBatch batch) {
    int[] lengths = new int[batch.sequences()];
    Arrays.setAll(lengths, b -> batch.offsets()[b + 1] - batch.offsets()[b]);
    return lengths;
  }
}
