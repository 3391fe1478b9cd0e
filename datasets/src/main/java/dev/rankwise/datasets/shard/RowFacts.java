package dev.rankwise.datasets.shard;

/**
 * What one row of prepared data adds to its split.
 *
 * @param position place in the split
 * @param length tokens
 * @param label class number, or {@link #NO_LABEL}
 * @param task number of its task, or {@link dev.rankwise.datasets.pack.Sequence#NO_TASK}
 * @param texts tokens of each text in it
 * @param targets labels or tokens that the loss is taken on
 * @param truncated texts in it that were cut
 * @param hash hash of all of it
 */
record RowFacts(
    int position,
    int length,
    int label,
    int task,
    int[] texts,
    int targets,
    int truncated,
    byte[] hash) {
  static final int NO_LABEL = -1;
}
