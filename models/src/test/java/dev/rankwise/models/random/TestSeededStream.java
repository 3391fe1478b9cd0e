package dev.rankwise.models.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TestSeededStream {

  @Property
  void permutationHoldsEachNumberOnce(@ForAll long seed, @ForAll @IntRange(max = 300) int size) {
    int[] sorted = new SeededStream(seed, 3).permutation(size);
    Arrays.sort(sorted);
    for (int i = 0; i < size; i++) {
      assertThat(sorted[i]).isEqualTo(i);
    }
  }

  @Property
  void numbersStayBelowTheirBound(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int bound) {
    SeededStream stream = new SeededStream(seed, 0);
    for (int i = 0; i < 20; i++) {
      assertThat(stream.nextBelow(bound)).isBetween(0, bound - 1);
    }
  }

  @Test
  void numbersBelowABoundAreEquallyLikely() {
    SeededStream stream = new SeededStream(1, 1);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[stream.nextBelow(7)]++;
    }
    // Five standard deviations of a binomial count with p = 1/7.
    assertThat(Arrays.stream(counts)).allMatch(count -> Math.abs(count - 10_000) < 463);
  }

  @Test
  void everyPlaceOfAPermutationIsEquallyLikelyForTheFirstNumber() {
    int[] counts = new int[5];
    for (int seed = 0; seed < 50_000; seed++) {
      int[] order = new SeededStream(seed, 0).permutation(5);
      for (int i = 0; i < order.length; i++) {
        if (order[i] == 0) {
          counts[i]++;
        }
      }
    }
    assertThat(Arrays.stream(counts)).allMatch(count -> Math.abs(count - 10_000) < 448);
  }

  @Test
  void fractionsCoverTheUnitInterval() {
    SeededStream stream = new SeededStream(4, 2);
    double sum = 0;
    double least = 1;
    double largest = 0;
    for (int i = 0; i < 100_000; i++) {
      double fraction = stream.nextDouble();
      sum += fraction;
      least = Math.min(least, fraction);
      largest = Math.max(largest, fraction);
    }
    assertThat(least).isBetween(0.0, 1e-3);
    assertThat(largest).isBetween(1 - 1e-3, Math.nextDown(1.0));
    // Five standard deviations of the mean of 100,000 uniform numbers.
    assertThat(sum / 100_000).isBetween(0.5 - 0.0046, 0.5 + 0.0046);
  }

  @Test
  void seedsAndStreamsDiffer() {
    long first = new SeededStream(1, 0).nextLong();
    assertThat(new SeededStream(1, 0).nextLong()).isEqualTo(first);
    assertThat(new SeededStream(2, 0).nextLong()).isNotEqualTo(first);
    assertThat(new SeededStream(1, 1).nextLong()).isNotEqualTo(first);
  }

  /** Another order would change the bytes of every adapter, so it may not happen by accident. */
  @Test
  void orderOfASeedIsFixedForever() {
    assertThat(new SeededStream(43, 0).permutation(10))
        .containsExactly(5, 1, 0, 8, 3, 4, 6, 9, 7, 2);
  }
}
