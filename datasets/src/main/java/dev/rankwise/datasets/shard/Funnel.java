package dev.rankwise.datasets.shard;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.rankwise.datasets.clean.RowChange;
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
 * @param changed accepted rows by what was changed in them, in the order of the changes; a row may
 *     count for several. Not written where it is empty
 */
public record Funnel(
    long read,
    Map<RejectionReason, Long> rejected,
    long unused,
    long train,
    long test,
    long truncated,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<RowChange, Long> changed) {
  public Funnel {
    changed = Collections.unmodifiableMap(new LinkedHashMap<>(new TreeMap<>(changed)));
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

  /** A funnel of rows of which none was changed. */
  public Funnel(
      long read,
      Map<RejectionReason, Long> rejected,
      long unused,
      long train,
      long test,
      long truncated) {
    this(read, rejected, unused, train, test, truncated, Map.of());
  }

  /** Rows rejected for any reason. */
  public long rejectedRows() {
    return rejected.values().stream().mapToLong(Long::longValue).sum();
  }
}
