package dev.rankwise.datasets.prepare;

import org.apache.spark.Partitioner;

/**
 * Cuts the canonical order into ranges of equal width: partition {@code floor(h · n / 2^32)}, where
 * h is the first 32 bits of the key's hash. Hashes are uniform, so the partitions are even without
 * sampling, and the same rows always land in the same range.
 */
final class HashRanges extends Partitioner {
  private static final long serialVersionUID = 1L;
  private static final int HASH_BITS = 32;

  private final int ranges;

  HashRanges(int ranges) {
    this.ranges = ranges;
  }

  @Override
  public int numPartitions() {
    return ranges;
  }

  @Override
  public int getPartition(Object key) {
    return (int) ((((CanonicalKey) key).leadingBits() * ranges) >>> HASH_BITS);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HashRanges that && ranges == that.ranges;
  }

  @Override
  public int hashCode() {
    return ranges;
  }
}
