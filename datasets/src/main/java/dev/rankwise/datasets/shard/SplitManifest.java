package dev.rankwise.datasets.shard;

import java.util.List;

/**
 * What a split holds.
 *
 * @param examples number of examples
 * @param texts texts in them: one each, or more where several share a sequence
 * @param tokens their tokens, special ones included
 * @param targets what the loss is taken on: a label each, or trained tokens
 * @param truncated texts cut to the token limit
 * @param contentSha256 hash of the examples whatever files they lie in, see {@link SplitContent}
 * @param lengths lengths in tokens
 * @param labelCounts examples by class number
 * @param files the Parquet files
 */
public record SplitManifest(
    long examples,
    long texts,
    long tokens,
    long targets,
    long truncated,
    String contentSha256,
    LengthHistogram lengths,
    List<Long> labelCounts,
    List<PreparedFile> files) {
  public SplitManifest {
    labelCounts = List.copyOf(labelCounts);
    files = List.copyOf(files);
  }

  /**
   * Share of the room in all examples that tokens fill, in [0, 1]; 1 where there is none.
   *
   * @param maximumTokens room of one example
   */
  public double filledShare(int maximumTokens) {
    return examples == 0 ? 1 : tokens / ((double) examples * maximumTokens);
  }
}
