package dev.rankwise.datasets.shard;

/**
 * What a split holds of one task.
 *
 * @param sequences its sequences
 * @param texts texts in them; a row of which several copies are trained on has as many
 * @param tokens their tokens
 * @param targets tokens that the loss is taken on
 */
public record TaskCounts(long sequences, long texts, long tokens, long targets) {
  /** Nothing. */
  static final TaskCounts NONE = new TaskCounts(0, 0, 0, 0);

  /** These and one more sequence. */
  TaskCounts plus(int ofTexts, int ofTokens, int ofTargets) {
    return new TaskCounts(sequences + 1, texts + ofTexts, tokens + ofTokens, targets + ofTargets);
  }
}
