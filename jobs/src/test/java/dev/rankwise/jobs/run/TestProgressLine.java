package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TestProgressLine {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final MovingClock clock = new MovingClock();

  @Test
  void logGetsALineEveryTenSecondsAndTheLast() {
    ProgressLine line = ProgressLine.inLog(out, clock);
    for (int step = 1; step <= 10; step++) {
      clock.move(Duration.ofSeconds(4));
      line.stepEnded(Steps.step(step, 1));
    }

    assertThat(told().lines().map(it -> it.replaceFirst(" of 10 .*", "")))
        .containsExactly("  step 1", "  step 4", "  step 7", "  step 10");
    assertThat(told().lines().findFirst().orElseThrow())
        .isEqualTo("  step 1 of 10   loss 1.0000   rate 1.00e-03   200 tokens/s   0:36 left");
    assertThat(told()).endsWith("0:00 left" + System.lineSeparator());
  }

  @Test
  void terminalHasOneLineThatIsRewritten() {
    ProgressLine line = ProgressLine.onTerminal(out, clock);
    line.stepEnded(Steps.step(1, 1));
    clock.move(Duration.ofMillis(100));
    line.stepEnded(Steps.step(2, 1));
    clock.move(Duration.ofMillis(150));
    line.stepEnded(Steps.step(3, 1));
    line.stepEnded(Steps.step(10, 1));

    assertThat(told().split("\r")).hasSize(4);
    assertThat(told())
        .startsWith("\r  step 1 of 10")
        .contains("left\u001b[K\r  step 3 of 10")
        .doesNotContain("step 2")
        .endsWith("left\u001b[K\n");
  }

  @Test
  void lossIsSmoothedWithATenthOfTheNewest() {
    ProgressLine line = ProgressLine.inLog(out, clock);
    line.stepEnded(Steps.step(1, 2));
    line.stepEnded(Steps.step(10, 1));

    assertThat(told()).contains("loss 2.0000").contains("loss 1.9000");
  }

  @Test
  void longTimesHaveHours() {
    assertThat(ProgressLine.clockTime(Duration.ofSeconds(59))).isEqualTo("0:59");
    assertThat(ProgressLine.clockTime(Duration.ofSeconds(3599))).isEqualTo("59:59");
    assertThat(ProgressLine.clockTime(Duration.ofSeconds(36_061))).isEqualTo("10:01:01");
  }

  private String told() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
