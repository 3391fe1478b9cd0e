package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.InternalException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TestInterval {

  // Both ends solve |p − share| = z·√(p(1−p)/n), the test that the interval inverts.
  @Property(tries = 300)
  void bothEndsAreJustNotRejectedByTheNormalTest(
      @ForAll @IntRange(min = 1, max = 5_000) int trials,
      @ForAll @IntRange(min = 0, max = 5_000) int drawn) {
    int successes = drawn % (trials + 1);
    double share = (double) successes / trials;
    Interval interval = Interval.wilson(successes, trials);
    for (double end : new double[] {interval.low(), interval.high()}) {
      double reach = 1.959963984540054 * Math.sqrt(end * (1 - end) / trials);
      assertThat(Math.abs(end - share)).isCloseTo(reach, within(1e-7));
    }
    assertThat(interval.low()).isBetween(0.0, share);
    assertThat(interval.high()).isBetween(share, 1.0);
  }

  // Ten of ten: n/(n + z²) = 10/13.841.
  @Test
  void certaintyKeepsAWidth() {
    assertThat(Interval.wilson(10, 10).low()).isCloseTo(0.72247, within(1e-5));
    assertThat(Interval.wilson(10, 10).high()).isEqualTo(1);
    assertThat(Interval.wilson(0, 10).high()).isCloseTo(0.27753, within(1e-5));
    assertThat(Interval.wilson(0, 10).low()).isZero();
  }

  @Test
  void moreSuccessesThanTrialsAreRefused() {
    assertThatThrownBy(() -> Interval.wilson(3, 2))
        .isInstanceOf(InternalException.class)
        .hasMessage(
            "Invalid share: 3 of 2 (the trials must be positive and the successes among them)");
    assertThatThrownBy(() -> Interval.wilson(0, 0)).isInstanceOf(InternalException.class);
    assertThatThrownBy(() -> Interval.wilson(-1, 2)).isInstanceOf(InternalException.class);
  }
}
