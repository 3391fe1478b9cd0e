package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.source.ContentHash;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestCanonicalKey {
  private static final List<CheckedRow> ROWS =
      IntStream.range(0, 2_000)
          .mapToObj(i -> CheckedRow.accepted("row-" + i, "text " + i, "label"))
          .toList();

  @Test
  void orderIsThatOfTheHexHash() {
    assertThat(ROWS.stream().sorted(Comparator.comparing(CanonicalKey::of)).toList())
        .isEqualTo(
            ROWS.stream()
                .sorted(Comparator.comparing(row -> ContentHash.hexOf(row.id())))
                .toList());
  }

  @Test
  void rowsWithOneIdAreOrderedByContent() {
    CheckedRow left = CheckedRow.accepted("id", "left", "label");
    CheckedRow right = CheckedRow.accepted("id", "right", "label");

    assertThat(CanonicalKey.of(left).compareTo(CanonicalKey.of(right)))
        .isNotZero()
        .isEqualTo(-CanonicalKey.of(right).compareTo(CanonicalKey.of(left)));
    assertThat(CanonicalKey.of(left))
        .isEqualTo(CanonicalKey.of(left))
        .hasSameHashCodeAs(CanonicalKey.of(left))
        .isNotEqualTo(CanonicalKey.of(right));
  }

  /** Of rows that are alike but for what they are split by, the same one is kept. */
  @Test
  void equalRowsAreOrderedByTheirGroup() {
    CheckedRow row = CheckedRow.accepted("id", "text", "label");
    CanonicalKey first = CanonicalKey.of(row.ofGroup("a"));
    CanonicalKey second = CanonicalKey.of(row.ofGroup("b"));

    assertThat(first.compareTo(second)).isNegative();
    assertThat(second.compareTo(first)).isPositive();
    assertThat(first).isEqualTo(CanonicalKey.of(row.ofGroup("a"))).isNotEqualTo(second);
  }

  @Test
  void rangesFollowTheOrderAndAreEven() {
    HashRanges ranges = new HashRanges(7);
    int[] sizes = new int[7];
    int previous = 0;
    for (CheckedRow row : ROWS.stream().sorted(Comparator.comparing(CanonicalKey::of)).toList()) {
      int range = ranges.getPartition(CanonicalKey.of(row));
      assertThat(range).isBetween(previous, ranges.numPartitions() - 1);
      previous = range;
      sizes[range]++;
    }

    // Five standard deviations of a binomial share of 1/7 among 2,000.
    assertThat(Arrays.stream(sizes).boxed()).allMatch(size -> size > 207 && size < 364);
  }

  @Test
  void rangesOfOneNumberAreEqual() {
    assertThat(new HashRanges(3))
        .isEqualTo(new HashRanges(3))
        .hasSameHashCodeAs(new HashRanges(3))
        .isNotEqualTo(new HashRanges(4));
  }
}
