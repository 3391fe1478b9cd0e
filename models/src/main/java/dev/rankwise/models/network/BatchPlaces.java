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

  private BatchPlaces() {}

  static NDList of(TokenBatch batch, int firstPosition, int heads, TensorScope scope) {
    int sequences = batch.sequences();
    int longest = 0;
    for (int b = 0; b < sequences; b++) {
      longest = Math.max(longest, batch.offsets()[b + 1] - batch.offsets()[b]);
    }
    int[] positions = new int[batch.tokens()];
    int[] rows = new int[sequences * longest];
    int[] placeOfToken = new int[batch.tokens()];
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
            scope.longs(batch.typeIds(), batch.tokens()),
            scope.longs(rows, sequences, longest),
            scope.longs(placeOfToken, placeOfToken.length),
            scope.floats(mask, (long) sequences * heads, 1, longest),
            scope.longs(first, sequences));
    return KernelProgram.list("places", places);
  }
}
