package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.config.DecoderConfig;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.Rotary;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Places of a causal decoder, where a token attends to itself and those before it in its own
 * sequence. Documents that are packed into one row are sequences of their own here, so nothing is
 * attended across them and no score is computed for it.
 *
 * <table>
 * <caption>The list {@code places}; N tokens, B lines, T longest sequence, g query heads to a
 * key-value head, k key-value heads, r rotated numbers of a head; b is 1 where each sequence has a
 * line of its own, else B·k</caption>
 * <tr><th>index</th><th>shape</th><th>meaning</th></tr>
 * <tr><td>0</td><td>(N)</td><td>position of each token within its sequence</td></tr>
 * <tr><td>1</td><td>(B, T)</td><td>row of each place; padded places repeat the line's first row</td></tr>
 * <tr><td>2</td><td>(N)</td><td>place of each token in (B·T)</td></tr>
 * <tr><td>3</td><td>(b, g·T, T)</td><td>added to scores: 0, or −1e30 for later tokens and those of
 * another sequence; 0 between patches of one picture</td></tr>
 * <tr><td>4</td><td>(b, g·T, T)</td><td>the same, and −1e30 before the sliding window, outside a
 * picture</td></tr>
 * <tr><td>5</td><td>(B, T, 1, r)</td><td>cosines, where positions turn</td></tr>
 * <tr><td>6</td><td>(B, T, 1, r)</td><td>sines, negative in the first half</td></tr>
 * </table>
 *
 * <p>No mask for padding is needed: it lies after all tokens of its line.
 */
final class CausalPlaces implements Places {
  private final int queriesPerKey;
  private final int keyValueHeads;
  private final int window;
  private final Optional<float[]> frequencies;
  private final boolean together;
  private final KernelProgram program;

  CausalPlaces(ModelConfig config, DecoderConfig decoder, KernelProgram program) {
    this.queriesPerKey = config.heads() / config.keyValueHeads();
    this.keyValueHeads = config.keyValueHeads();
    this.window = decoder.windows().stream().mapToInt(Integer::intValue).max().orElse(0);
    this.frequencies = decoder.rotary().map(Rotary::frequencies);
    this.together =
        config
            .vision()
            .map(VisionEmbedding::attention)
            .equals(Optional.of(Attention.BIDIRECTIONAL));
    this.program = program;
  }

  @Override
  public NDList of(TokenBatch batch, int rows, TensorScope scope) {
    TokenGrid grid = TokenGrid.shared(batch, rows);
    int longest = grid.longest();
    UnaryOperator<NDArray> own =
        grid.isShared(batch) ? mask -> apart(mask, grid, scope) : mask -> mask;
    UnaryOperator<NDArray> apart =
        batch.images().patches() == 0 || !together
            ? own
            : mask -> together(own.apply(mask), batch, grid, scope);
    List<NDArray> places = new ArrayList<>();
    places.add(scope.longs(grid.positions(), rows));
    places.add(scope.longs(grid.rowOfPlace(), grid.lines(), longest));
    places.add(scope.longs(grid.placeOfRow(), rows));
    places.add(apart.apply(mask(longest, longest, scope)));
    places.add(
        window == 0 || window >= longest
            ? places.get(3)
            : apart.apply(mask(longest, window, scope)));
    frequencies.ifPresent(values -> turns(grid, values, scope, places));
    return KernelProgram.list("places", places);
  }

  private NDArray mask(int longest, int window, TensorScope scope) {
    long scores = (long) queriesPerKey * longest * longest;
    if (scores > Integer.MAX_VALUE) {
      throw new UserInputException(
          "Cannot attend over a sequence of %s tokens: %s scores are too many to hold at once; cut the"
                  .formatted(longest, scores)
              + " rows to fewer tokens");
    }
    float[] mask = new float[(int) scores];
    for (int query = 0; query < queriesPerKey * longest; query++) {
      int token = query % longest;
      int row = query * longest;
      Arrays.fill(mask, row, row + Math.max(0, token - window + 1), EncoderPlaces.MASKED);
      Arrays.fill(mask, row + token + 1, row + longest, EncoderPlaces.MASKED);
    }
    NDArray wide = scope.floats(mask, 1, (long) queriesPerKey * longest, longest);
    return program.call("computed", wide);
  }

  /** The mask by line, that the sequences in a line know nothing of each other. */
  private NDArray apart(NDArray mask, TokenGrid grid, TensorScope scope) {
    NDArray sequences = scope.longs(grid.sequenceOfPlace(), grid.lines(), grid.longest());
    return program.call("apart", mask, sequences, scope.number((long) keyValueHeads));
  }

  /** The mask by line, that the patches of a picture see all of it. */
  private NDArray together(NDArray mask, TokenBatch batch, TokenGrid grid, TensorScope scope) {
    int[] pictureOf = batch.images().pictureOfToken(grid.rows());
    int[] pictures = new int[grid.rowOfPlace().length];
    for (int place = 0; place < pictures.length; place++) {
      boolean padded = grid.sequenceOfPlace()[place] < 0;
      pictures[place] = padded ? 0 : pictureOf[grid.rowOfPlace()[place]];
    }
    NDArray where = scope.longs(pictures, grid.lines(), grid.longest());
    return program.call("together", mask, where, scope.number((long) keyValueHeads));
  }

  private void turns(TokenGrid grid, float[] values, TensorScope scope, List<NDArray> places) {
    int[] positions = new int[grid.rowOfPlace().length];
    for (int place = 0; place < positions.length; place++) {
      positions[place] = grid.positions()[grid.rowOfPlace()[place]];
    }
    NDArray where = scope.longs(positions, grid.lines(), grid.longest());
    NDArray each = scope.floats(values, values.length);
    places.add(program.call("cosines", where, each));
    places.add(program.call("sines", where, each));
  }
}
