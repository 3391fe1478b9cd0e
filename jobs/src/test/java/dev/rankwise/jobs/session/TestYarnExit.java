package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("core")
final class TestYarnExit {

  @Test
  void theCodeIsReadByWhicheverSparkIsThere() {
    assertThat(YarnExit.of(7).exitCode()).isEqualTo(7);
    assertThat(YarnExit.of(143)).hasMessageContaining("143").hasNoCause();
  }
}
