package dev.rankwise.models.network;

/**
 * A micro-batch: token sequences laid end to end, without padding.
 *
 * @param ids token ids of all sequences, (tokens)
 * @param typeIds segment ids of all tokens, (tokens); all zero where a model has none
 * @param offsets first token of each sequence, then the total: (sequences + 1), strictly increasing
 * @param labels class of each sequence, (sequences); empty when only outputs are wanted
 */
public record TokenBatch(int[] ids, int[] typeIds, int[] offsets, int[] labels) {

  /** Number of sequences. */
  public int sequences() {
    return offsets.length - 1;
  }

  /** Number of tokens. */
  public int tokens() {
    return ids.length;
  }
}
