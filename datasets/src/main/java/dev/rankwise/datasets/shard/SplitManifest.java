package dev.rankwise.datasets.shard;

import java.util.List;

/**
 * What a split holds.
 *
 * @param examples number of examples
 * @param tokens their tokens, special ones included
 * @param truncated examples cut to the token limit
 * @param contentSha256 hash of the examples whatever files they lie in, see {@link SplitContent}
 * @param lengths lengths in tokens
 * @param labelCounts examples by class number
 * @param files the Parquet files
 */
public record SplitManifest(
    long examples,
    long tokens,
    long truncated,
    String contentSha256,
    LengthHistogram lengths,
    List<Long> labelCounts,
    List<PreparedFile> files) {
  public SplitManifest {
    labelCounts = List.copyOf(labelCounts);
    files = List.copyOf(files);
  }
}
