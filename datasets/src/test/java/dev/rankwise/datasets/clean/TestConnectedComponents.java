package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
final class TestConnectedComponents {
  private static final SparkSession SPARK = LocalSpark.session();

  @Test
  void membersAreToldByTheLeastOfTheirComponent() {
    Random random = new Random(3);
    List<long[]> pairs = new ArrayList<>();
    for (int i = 0; i < 260; i++) {
      long first = random.nextInt(400);
      long second = random.nextInt(400);
      if (first != second) {
        pairs.add(new long[] {first, second});
      }
    }
    assertThat(components(pairs)).isEqualTo(expected(pairs)).hasSizeGreaterThan(150);
  }

  @Test
  void aLongChainIsOneComponent() {
    List<long[]> pairs = new ArrayList<>();
    for (long i = 0; i < 100; i++) {
      // Neighbours in the chain are far apart as numbers.
      pairs.add(new long[] {i * 37 % 101, (i + 1) * 37 % 101});
    }
    assertThat(components(pairs))
        .hasSize(100)
        .allSatisfy((member, least) -> assertThat(least).isZero());
  }

  @Test
  void aNodeThatAllHangOnIsNoTrouble() {
    List<long[]> pairs = new ArrayList<>();
    for (long i = 0; i < 3_000; i++) {
      pairs.add(new long[] {5_000, i});
    }
    assertThat(components(pairs))
        .hasSize(3_000)
        .containsEntry(5_000L, 0L)
        .containsEntry(2_999L, 0L);
  }

  @Test
  void noPairsAreNoComponents() {
    assertThat(components(List.of())).isEmpty();
  }

  private static Map<Long, Long> components(List<long[]> pairs) {
    List<Row> rows = pairs.stream().map(pair -> SortedRuns.pair(pair[0], pair[1])).toList();
    Dataset<Row> found = ConnectedComponents.of(SPARK.createDataFrame(rows, SortedRuns.PAIRS));
    Map<Long, Long> components = new TreeMap<>();
    found.collectAsList().forEach(row -> components.put(row.getLong(0), row.getLong(1)));
    assertThat(found.count()).as("each member once").isEqualTo(components.size());
    found.unpersist();
    return components;
  }

  /** Union-find; without those that are the least themselves. */
  private static Map<Long, Long> expected(List<long[]> pairs) {
    Map<Long, Long> least = new TreeMap<>();
    for (long[] pair : pairs) {
      least.putIfAbsent(pair[0], pair[0]);
      least.putIfAbsent(pair[1], pair[1]);
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (long[] pair : pairs) {
        long both = Math.min(least.get(pair[0]), least.get(pair[1]));
        changed |= least.put(pair[0], both) != both;
        changed |= least.put(pair[1], both) != both;
      }
    }
    least.entrySet().removeIf(entry -> entry.getKey().equals(entry.getValue()));
    return least;
  }
}
