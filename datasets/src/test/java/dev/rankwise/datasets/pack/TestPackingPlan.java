package dev.rankwise.datasets.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TestPackingPlan {

  @Test
  void eachTaskHasSequencesOfItsOwnAndTheFirstComesFirst() {
    int[] lengths = {3, 5, 2, 4, 6};
    int[] tasks = {1, 0, 1, 0, 1};

    PackingPlan plan = PackingPlan.of(lengths, tasks, 9, Packing.BEST_FIT);

    assertThat(plan.sequenceOf()).containsExactly(1, 0, 2, 0, 1);
    assertThat(plan.sequences()).isEqualTo(3);
    assertThat(PackingPlan.of(lengths, tasks, 9, Packing.NONE).sequenceOf())
        .containsExactly(2, 0, 3, 1, 4);
    assertThat(PackingPlan.of(lengths, new int[0], 9, Packing.NONE).sequenceOf())
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void eachTextIsASequenceWhereNothingIsPacked() {
    PackingPlan plan = PackingPlan.of(new int[] {3, 1, 2}, 8, Packing.NONE);

    assertThat(plan.sequenceOf()).containsExactly(0, 1, 2);
    assertThat(plan.sequences()).isEqualTo(3);
  }

  @Test
  void theLongestGoesWhereItFitsBest() {
    // By falling length: 6 opens 0, 5 opens 1, 3 fits only 1 and fills it, 2 fills 0, 1 opens 2.
    assertThat(PackingPlan.of(new int[] {2, 6, 1, 5, 3}, 8, Packing.BEST_FIT).sequenceOf())
        .containsExactly(0, 0, 2, 1, 1);
  }

  @Test
  void ofEqualsTheEarlierGoesFirst() {
    assertThat(PackingPlan.of(new int[] {4, 4, 4, 4}, 8, Packing.BEST_FIT).sequenceOf())
        .containsExactly(0, 0, 1, 1);
  }

  @Test
  void nothingMakesNoSequence() {
    assertThat(PackingPlan.of(new int[0], 8, Packing.BEST_FIT).sequences()).isZero();
  }

  @Test
  void everyTextHasRoomAndNoSequenceIsEmpty() {
    int capacity = 512;
    int[] lengths = lengths(3 * PackingPlan.WINDOW + 17, capacity);

    PackingPlan plan = PackingPlan.of(lengths, capacity, Packing.BEST_FIT);

    int[] filled = new int[plan.sequences()];
    int[] sequenceOf = plan.sequenceOf();
    for (int text = 0; text < lengths.length; text++) {
      filled[sequenceOf[text]] += lengths[text];
    }
    assertThat(Arrays.stream(filled).max().orElse(0)).isLessThanOrEqualTo(capacity);
    assertThat(Arrays.stream(filled).min().orElse(0)).isPositive();
    // The bound of best fit decreasing, with its constant for each window.
    double fewest = Arrays.stream(lengths).sum() / (double) capacity;
    assertThat((double) plan.sequences()).isLessThanOrEqualTo(fewest * 11 / 9 + 4 * 4);
  }

  @Test
  void textsOfDifferentWindowsShareNothing() {
    int[] lengths = new int[PackingPlan.WINDOW + 1];
    Arrays.fill(lengths, 1);

    int[] sequenceOf = PackingPlan.of(lengths, 1 << 20, Packing.BEST_FIT).sequenceOf();

    assertThat(sequenceOf[PackingPlan.WINDOW - 1]).isZero();
    assertThat(sequenceOf[PackingPlan.WINDOW]).isOne();
  }

  @Test
  void lengthsOutsideTheCapacityAreABug() {
    assertThatThrownBy(() -> PackingPlan.of(new int[] {9}, 8, Packing.BEST_FIT))
        .isInstanceOf(InternalException.class);
    assertThatThrownBy(() -> PackingPlan.of(new int[] {0}, 8, Packing.NONE))
        .isInstanceOf(InternalException.class);
  }

  private static int[] lengths(int count, int capacity) {
    Random random = new Random(7);
    return random.ints(count, 1, capacity + 1).toArray();
  }
}
