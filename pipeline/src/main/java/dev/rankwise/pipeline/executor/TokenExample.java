package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * One prepared example on its way to the group that computes it. The arrays are not copied:
 * examples are made by a reader and read once.
 *
 * @param position its position in the prepared data
 * @param ids its token ids, (tokens)
 * @param labels its class alone, (1); or of a causal decoder the token that each of its tokens is
 *     to predict, (tokens), as {@link dev.rankwise.models.network.TokenBatch#labels} has it
 */
public record TokenExample(int position, int[] ids, int[] labels) implements Serializable {

  /** An example of one class. */
  public TokenExample(int position, int[] ids, int label) {
    this(position, ids, new int[] {label});
  }

  /** Its class. */
  public int label() {
    return labels[0];
  }
}
