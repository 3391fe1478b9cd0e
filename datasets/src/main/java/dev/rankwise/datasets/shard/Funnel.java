package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.failure.InternalException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the rows. Every row is in exactly one place: {@code read = Σ rejected + unused +
 * train + test}.
 *
 * @param read rows that the sources yielded
 * @param rejected rows not used, by reason, in the order of the reasons
 * @param unused accepted rows beyond the number asked for
 * @param train examples to train on
 * @param test examples held out
 * @param truncated rows of both splits whose text was longer than the token limit and was cut or
 *     split; a split one counts once
 */
public record Funnel(
    long read,
    Map<RejectionReason, Long> rejected,
    long unused,
    long train,
    long test,
    long truncated) {
  public Funnel {
    Map<RejectionReason, Long> ordered = new LinkedHashMap<>(new TreeMap<>(rejected));
    rejected = Collections.unmodifiableMap(ordered);
    long placed = unused + train + test;
    for (long count : rejected.values()) {
      placed += count;
    }
    if (placed != read || truncated > train + test || truncated < 0) {
      throw new InternalException(
          "The funnel loses rows: "
              + read
              + " read, "
              + placed
              + " accounted for, "
              + truncated
              + " truncated");
    }
  }

  /** Rows rejected for any reason. */
  public long rejectedRows() {
    return rejected.values().stream().mapToLong(Long::longValue).sum();
  }
}
