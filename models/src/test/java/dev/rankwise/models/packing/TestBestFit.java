package dev.rankwise.models.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TestBestFit {

  @Test
  void eachItemGoesWhereItFillsBest() {
    assertThat(BestFit.bins(new int[] {4, 7, 3, 6, 10}, 10)).containsExactly(2, 1, 1, 2, 0);
    assertThat(BestFit.bins(new int[] {5, 5, 5}, 10)).containsExactly(0, 0, 1);
    assertThat(BestFit.bins(new int[0], 10)).isEmpty();
  }

  @Test
  void noBinOverflowsAndNoTwoCouldBeOne() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      int capacity = 1 + random.nextInt(40);
      int[] lengths = random.ints(1 + random.nextInt(60), 1, capacity + 1).toArray();

      int[] binOf = BestFit.bins(lengths, capacity);

      int bins = Arrays.stream(binOf).max().orElseThrow() + 1;
      int[] filled = new int[bins];
      for (int item = 0; item < lengths.length; item++) {
        filled[binOf[item]] += lengths[item];
      }
      Arrays.sort(filled);
      assertThat(filled[bins - 1]).isLessThanOrEqualTo(capacity);
      if (bins > 1) {
        assertThat(filled[0] + filled[1]).isGreaterThan(capacity);
      }
    }
  }

  @Test
  void whatFitsNowhereIsRefused() {
    assertThatThrownBy(() -> BestFit.bins(new int[] {3, 11}, 10))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("11");
    assertThatThrownBy(() -> BestFit.bins(new int[] {0}, 10)).hasMessageContaining("[1, 10]");
  }
}
