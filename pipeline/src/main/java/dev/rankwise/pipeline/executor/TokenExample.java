package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * One prepared example on its way to the group that computes it. The arrays are not copied:
 * examples are made by a reader and read once.
 *
 * @param position its position in the prepared data
 * @param starts first token of each of its texts, (texts): 0, and more where texts share the
 *     example without knowing of each other
 * @param ids its token ids, (tokens)
 * @param labels its class alone, (1); or of a causal decoder the token that each of its tokens is
 *     to predict, (tokens), as {@link dev.rankwise.models.network.TokenBatch#labels} has it
 */
public record TokenExample(int position, int[] starts, int[] ids, int[] labels)
    implements Serializable {
  private static final int[] ONE_TEXT = {0};

  /** A text of one class. */
  public TokenExample(int position, int[] ids, int label) {
    this(position, ONE_TEXT, ids, new int[] {label});
  }

  /** Its class. */
  public int label() {
    return labels[0];
  }
}
