package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TestRotary {
  @Test
  void pairsTurnSlowerAndSlower() {
    assertThat(new Rotary(6, 1000, new Rotary.Unscaled()).frequencies())
        .containsExactly(new float[] {1, 0.1f, 0.01f}, within(1e-7f));
  }

  @Test
  void linearScalingSlowsAllAlike() {
    assertThat(new Rotary(4, 100, new Rotary.Linear(4)).frequencies())
        .containsExactly(new float[] {0.25f, 0.025f}, within(1e-7f));
  }

  /** In 64 positions a frequency f turns 64f/2π times: slow below 1, fast above 4. */
  @Test
  void llama3KeepsFastTurnsAndBlendsTheMiddle() {
    Rotary.Llama3 scaling = new Rotary.Llama3(8, 1, 4, 64);
    double turn = 2 * Math.PI / 64;
    assertThat(scaling.scaled(5 * turn)).isEqualTo(5 * turn);
    assertThat(scaling.scaled(0.5 * turn)).isCloseTo(0.5 * turn / 8, within(1e-15));
    double middle = 2.5 * turn;
    assertThat(scaling.scaled(middle)).isCloseTo((middle / 8 + middle) / 2, within(1e-12));
  }
}
