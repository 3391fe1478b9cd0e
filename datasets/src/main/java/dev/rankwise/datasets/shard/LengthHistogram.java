package dev.rankwise.datasets.shard;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers of texts by length. Bucket {@code i} counts lengths in {@code [i·width + 1, (i+1)·width]}
 * tokens.
 *
 * @param bucketTokens tokens that a bucket spans
 * @param counts texts by bucket, up to the limit of tokens
 */
public record LengthHistogram(int bucketTokens, List<Long> counts) {
  private static final int MOST_BUCKETS = 32;

  public LengthHistogram {
    counts = List.copyOf(counts);
    if (bucketTokens < 1) {
      throw new InternalException("Invalid bucket width: " + bucketTokens + " (must be positive)");
    }
  }

  /** The histogram of {@code lengths}, each in [1, maximumTokens], in at most 32 buckets. */
  public static LengthHistogram of(int[] lengths, int maximumTokens) {
    return of(List.of(lengths), maximumTokens);
  }

  /** The histogram of all lengths in several lists. */
  static LengthHistogram of(List<int[]> lists, int maximumTokens) {
    int width = Math.max(1, (maximumTokens + MOST_BUCKETS - 1) / MOST_BUCKETS);
    long[] counts = new long[(maximumTokens + width - 1) / width];
    for (int[] lengths : lists) {
      for (int length : lengths) {
        counts[(length - 1) / width]++;
      }
    }
    List<Long> listed = new ArrayList<>();
    for (long count : counts) {
      listed.add(count);
    }
    return new LengthHistogram(width, listed);
  }
}
