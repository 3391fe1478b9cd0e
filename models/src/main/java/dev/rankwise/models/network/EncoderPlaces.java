package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import java.util.Arrays;
import java.util.List;

/**
 * Places of an encoder, where every token of a sequence attends to all of them.
 *
 * <table>
 * <caption>The list {@code places}; N tokens, B sequences, T longest sequence</caption>
 * <tr><th>index</th><th>shape</th><th>meaning</th></tr>
 * <tr><td>0</td><td>(N)</td><td>position of each token within its sequence</td></tr>
 * <tr><td>1</td><td>(N)</td><td>segment id of each token; where there are pictures the patch that it
 * is, from 1, or 0 for none</td></tr>
 * <tr><td>2</td><td>(B, T)</td><td>row of each place; padded places repeat the first row</td></tr>
 * <tr><td>3</td><td>(N)</td><td>place of each token in (B·T)</td></tr>
 * <tr><td>4</td><td>(B·heads, 1, T)</td><td>added to scores: 0, or −1e30 where padded</td></tr>
 * <tr><td>5</td><td>(B)</td><td>row of each sequence's first token</td></tr>
 * </table>
 *
 * @param firstPosition what the base counts positions from
 * @param heads number of heads
 */
record EncoderPlaces(int firstPosition, int heads) implements Places {
  /** Large enough that its exponential is 0 in float32 and bfloat16, and finite in both. */
  static final float MASKED = -1e30f;

  @Override
  public NDList of(TokenBatch batch, int rows, TensorScope scope) {
    TokenGrid grid = TokenGrid.of(batch, rows, firstPosition);
    int sequences = grid.lines();
    int longest = grid.longest();
    int[] first = Arrays.copyOf(batch.offsets(), sequences);
    float[] mask = new float[sequences * heads * longest];
    for (int b = 0; b < sequences; b++) {
      int length = batch.offsets()[b + 1] - batch.offsets()[b];
      for (int head = 0; head < heads; head++) {
        int row = (b * heads + head) * longest;
        Arrays.fill(mask, row + length, row + longest, MASKED);
      }
    }
    List<NDArray> places =
        List.of(
            scope.longs(grid.positions(), rows),
            scope.longs(kinds(batch, rows), rows),
            scope.longs(grid.rowOfPlace(), sequences, longest),
            scope.longs(grid.placeOfRow(), rows),
            scope.floats(mask, (long) sequences * heads, 1, longest),
            scope.longs(first, sequences));
    return KernelProgram.list("places", places);
  }

  private static int[] kinds(TokenBatch batch, int rows) {
    return batch.images().patches() == 0
        ? Arrays.copyOf(batch.typeIds(), rows)
        : batch.images().patchOfToken(rows);
  }
}
