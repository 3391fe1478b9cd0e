package dev.rankwise.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestLengthHistogram {

  @Test
  void bordersBelongToTheLowerBucket() {
    LengthHistogram histogram = LengthHistogram.of(new int[] {1, 8, 9, 256, 256}, 256);

    assertThat(histogram.bucketTokens()).isEqualTo(8);
    assertThat(histogram.counts()).hasSize(32);
    assertThat(histogram.counts().subList(0, 3)).containsExactly(2L, 1L, 0L);
    assertThat(histogram.counts().get(31)).isEqualTo(2L);
  }

  @Test
  void aLimitThatIsNoMultipleOfTheWidthHasAPlaceForTheLongest() {
    LengthHistogram histogram = LengthHistogram.of(new int[] {100}, 100);

    assertThat(histogram.bucketTokens()).isEqualTo(4);
    assertThat(histogram.counts()).hasSize(25).endsWith(1L);
    assertThat(LengthHistogram.of(new int[] {33}, 33).counts()).hasSize(17).endsWith(1L);
  }

  @Test
  void noLengthsMakeAnEmptyHistogram() {
    assertThat(LengthHistogram.of(new int[0], 3))
        .isEqualTo(new LengthHistogram(1, List.of(0L, 0L, 0L)));
  }

  @Test
  void widthMustBePositive() {
    assertThatThrownBy(() -> new LengthHistogram(0, List.of()))
        .isInstanceOf(InternalException.class)
        .hasMessage("Invalid bucket width: 0 (must be positive)");
  }
}
