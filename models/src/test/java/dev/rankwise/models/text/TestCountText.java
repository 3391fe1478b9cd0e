package dev.rankwise.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestCountText {
  @Test
  void oneAloneIsSingular() {
    assertThat(CountText.of(1, "step")).isEqualTo("1 step");
    assertThat(CountText.of(0, "step")).isEqualTo("0 steps");
    assertThat(CountText.of(82_192, "step")).isEqualTo("82,192 steps");
  }
}
