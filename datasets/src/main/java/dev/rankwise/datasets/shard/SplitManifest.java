package dev.rankwise.datasets.shard;

import java.util.List;

/**
 * What a split holds.
 *
 * @param examples number of examples
 * @param texts texts in them: one each, or more where several share a sequence
 * @param tokens their tokens, special ones included
 * @param targets what the loss is taken on: a label each, or trained tokens
 * @param filled share of the room of all examples that tokens fill: tokens / (examples · longest
 *     allowed), in [0, 1]; 0 where there is none
 * @param truncated texts that are parts of longer ones, cut to the token limit; of a split text
 *     each piece
 * @param contentSha256 hash of the examples whatever files they lie in, see {@link SplitContent}
 * @param lengths lengths of the texts in tokens
 * @param labelCounts examples by class number
 * @param files the Parquet files
 */
public record SplitManifest(
    long examples,
    long texts,
    long tokens,
    long targets,
    double filled,
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
