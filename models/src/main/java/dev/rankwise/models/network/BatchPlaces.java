package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import java.util.Arrays;
import java.util.List;

/**
 * Where the tokens of a micro-batch lie, as index arrays for the kernels.
 *
 * <p>Everything but attention runs over the tokens laid end to end, so padding is not computed;
 * attention alone sees sequences side by side, padded to the longest of the micro-batch.
 *
 * <p>In bfloat16 the tokens are filled up to a multiple of {@value #WHOLE}: oneDNN compiles and
 * keeps a kernel for every size that it meets, and without that its kernels would outgrow the
 * model. What is filled in is read by no sequence and has no gradient.
 *
 * <table>
 * <caption>The list {@code places}; N tokens, B sequences, T longest sequence</caption>
 * <tr><th>index</th><th>shape</th><th>meaning</th></tr>
 * <tr><td>0</td><td>(N)</td><td>position of each token within its sequence</td></tr>
 * <tr><td>1</td><td>(N)</td><td>segment id of each token</td></tr>
 * <tr><td>2</td><td>(B, T)</td><td>row of each place; padded places repeat the first row</td></tr>
 * <tr><td>3</td><td>(N)</td><td>place of each token in (B·T)</td></tr>
 * <tr><td>4</td><td>(B·heads, 1, T)</td><td>added to scores: 0, or −1e30 where padded</td></tr>
 * <tr><td>5</td><td>(B)</td><td>row of each sequence's first token</td></tr>
 * </table>
 */
final class BatchPlaces {
  /** Large enough that its exponential is 0 in float32 and bfloat16, and finite in both. */
  private static final float MASKED = -1e30f;

  private static final int WHOLE = 16;

  private BatchPlaces() {}

  /** The number of rows in which the tokens of a micro-batch are computed. */
  static int rows(TokenBatch batch, BaseType type) {
    return switch (type) {
      case FLOAT32 -> batch.tokens();
      case BFLOAT16 -> (batch.tokens() + WHOLE - 1) / WHOLE * WHOLE;
    };
  }

  /**
   * The places of a micro-batch.
   *
   * @param computed number of rows, at least the number of tokens
   */
  static NDList of(
      TokenBatch batch, int computed, int firstPosition, int heads, TensorScope scope) {
    int sequences = batch.sequences();
    int longest = 0;
    for (int b = 0; b < sequences; b++) {
      longest = Math.max(longest, batch.offsets()[b + 1] - batch.offsets()[b]);
    }
    int[] positions = new int[computed];
    Arrays.fill(positions, firstPosition);
    int[] rows = new int[sequences * longest];
    int[] placeOfToken = new int[computed];
    int[] first = new int[sequences];
    float[] mask = new float[sequences * heads * longest];
    for (int b = 0; b < sequences; b++) {
      int begin = batch.offsets()[b];
      int length = batch.offsets()[b + 1] - begin;
      first[b] = begin;
      for (int t = 0; t < longest; t++) {
        rows[b * longest + t] = t < length ? begin + t : begin;
      }
      for (int t = 0; t < length; t++) {
        positions[begin + t] = firstPosition + batch.positions()[begin + t];
        placeOfToken[begin + t] = b * longest + t;
      }
      for (int head = 0; head < heads; head++) {
        int row = (b * heads + head) * longest;
        Arrays.fill(mask, row + length, row + longest, MASKED);
      }
    }
    List<NDArray> places =
        List.of(
            scope.longs(positions, positions.length),
            scope.longs(Arrays.copyOf(batch.typeIds(), computed), computed),
            scope.longs(rows, sequences, longest),
            scope.longs(placeOfToken, placeOfToken.length),
            scope.floats(mask, (long) sequences * heads, 1, longest),
            scope.longs(first, sequences));
    return KernelProgram.list("places", places);
  }
}
