package dev.rankwise.datasets.clean;

import dev.rankwise.models.failure.InternalException;
import java.util.Deque;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Which numbers hang together by pairs, each told by the least of its component (Kiveris et al.
 * 2014, <em>Connected Components in MapReduce and Beyond</em>, alternating algorithm).
 *
 * <p>Two operations turn by turn, N(u) the neighbours of u and m the least of u and N(u):
 *
 * <pre>{@code
 * large star: for each u, (v, m) for v in N(u) with v > u
 * small star: for each u, (v, m) for v in N(u) with v < u, and (u, m)
 * }</pre>
 *
 * <p>When nothing changes, each pair is a member and the least of its component. Needs O(log² n)
 * rounds, in practice a handful.
 */
final class ConnectedComponents {
  private static final int MOST_ROUNDS = 64;

  private ConnectedComponents() {}

  /**
   * Members with the least of their component, without those that are it themselves.
   *
   * @param pairs what hangs together, of {@link SortedRuns#PAIRS}
   * @return pairs of a member and the least, kept in memory or on disk until it is let go
   */
  static Dataset<Row> of(Dataset<Row> pairs) {
    Dataset<Row> stars = kept(pairs.distinct());
    Row before = sign(stars);
    for (int round = 0; round < MOST_ROUNDS; round++) {
      Dataset<Row> next = kept(smallStar(largeStar(stars)).distinct());
      Row now = sign(next);
      stars.unpersist();
      stars = next;
      if (now.equals(before)) {
        return stars;
      }
      before = now;
    }
    throw new InternalException("Components still change after %s rounds".formatted(MOST_ROUNDS));
  }

  private static Dataset<Row> kept(Dataset<Row> pairs) {
    return pairs.persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** Equal for equal sets of pairs, whatever their order: their number, sum and mixed sum. */
  private static Row sign(Dataset<Row> pairs) {
    return pairs
        .agg(
            functions.count(functions.lit(1)),
            functions.sum(functions.col(SortedRuns.SECOND).cast("decimal(38,0)")),
            functions.sum(
                functions
                    .xxhash64(functions.col(SortedRuns.FIRST), functions.col(SortedRuns.SECOND))
                    .cast("decimal(38,0)")))
        .collectAsList()
        .get(0);
  }

  private static Dataset<Row> largeStar(Dataset<Row> pairs) {
    Dataset<Row> turned =
        pairs.select(second().as(SortedRuns.FIRST), first().as(SortedRuns.SECOND));
    return SortedRuns.over(pairs.union(turned), LargeStar::new);
  }

  private static Dataset<Row> smallStar(Dataset<Row> pairs) {
    Dataset<Row> down =
        pairs.select(
            functions.greatest(first(), second()).as(SortedRuns.FIRST),
            functions.least(first(), second()).as(SortedRuns.SECOND));
    return SortedRuns.over(down, SmallStar::new);
  }

  private static Column first() {
    return functions.col(SortedRuns.FIRST);
  }

  private static Column second() {
    return functions.col(SortedRuns.SECOND);
  }

  private static final class LargeStar implements SortedRuns.Reading {
    private long node = -1;
    private long least;

    @Override
    public void read(long first, long second, Deque<Row> out) {
      if (first != node) {
        node = first;
        least = Math.min(first, second);
      }
      if (second > first) {
        out.add(SortedRuns.pair(second, least));
      }
    }
  }

  private static final class SmallStar implements SortedRuns.Reading {
    private long node = -1;
    private long least;

    @Override
    public void read(long first, long second, Deque<Row> out) {
      if (first != node) {
        node = first;
        least = second;
        out.add(SortedRuns.pair(first, least));
      }
      if (second != least) {
        out.add(SortedRuns.pair(second, least));
      }
    }
  }
}
