package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.train.RouterFigures;
import dev.rankwise.pipeline.train.StepMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestMetricsFile {
  @TempDir Path folder;

  @Test
  void linesAppearWholeEveryTenSecondsAndAtTheEnd() throws Exception {
    MovingClock clock = new MovingClock();
    Path file = folder.resolve("metrics.jsonl");
    try (RunFolder run = RunFolder.claim(folder, Clock.systemUTC())) {
      try (MetricsFile metrics = new MetricsFile(run, clock)) {
        metrics.stepEnded(Steps.step(1, 1));
        assertThat(file).doesNotExist();
        clock.move(Duration.ofSeconds(10));
        metrics.stepEnded(Steps.step(2, 0.5));
        assertThat(Files.readAllLines(file)).hasSize(2);
        metrics.stepEnded(Steps.step(3, 0.25));
        assertThat(Files.readAllLines(file)).hasSize(2);
        assertThat(metrics.steps()).hasSize(3);
      }
    }

    assertThat(Files.readString(file)).endsWith("}\n").contains("\"loss\":0.25");
    assertThat(Files.readAllLines(file)).hasSize(3);
  }

  /** TensorBoard keeps a file open: one in its place it would never see. */
  @Test
  void eventsGoBehindThoseThatAreThere() throws Exception {
    MovingClock clock = new MovingClock();
    Path file = folder.resolve("tensorboard").resolve("events.out.tfevents.rankwise");
    try (RunFolder run = RunFolder.claim(folder, Clock.systemUTC())) {
      Object began;
      byte[] after;
      try (MetricsFile metrics = new MetricsFile(run, clock)) {
        metrics.beginning(0, 3);
        began = Files.getAttribute(file, "unix:ino");
        byte[] before = Files.readAllBytes(file);
        clock.move(Duration.ofSeconds(10));
        metrics.stepEnded(Steps.step(1, 1));
        after = Files.readAllBytes(file);
        assertThat(after).hasSizeGreaterThan(before.length).startsWith(before);
        metrics.stepEnded(Steps.step(2, 0.5));
      }
      byte[] whole = Files.readAllBytes(file);
      assertThat(whole).hasSizeGreaterThan(after.length).startsWith(after);
      assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(began);
      try (MetricsFile again = new MetricsFile(run, clock)) {
        again.beginning(1, 3);
        assertThat(Files.size(file))
            .as("the steps that are done again are gone")
            .isLessThan(whole.length);
      }
    }
  }

  /** A run that goes on tells of the steps before all that they said, method and routers too. */
  @Test
  void aLineIsReadAsItWasWritten() {
    StepMetrics plain = Steps.step(3, 0.5);
    StepMetrics telling =
        new StepMetrics(
            3,
            9,
            1,
            0.5,
            1e-3,
            2,
            7,
            70,
            true,
            Optional.of(new RouterFigures(1.5, 0.25, 0.75, 0.125, List.of(List.of(0.5, 0.5)))),
            Map.of("distillation_loss", 0.875, "another", Double.NaN),
            plain.times());

    assertThat(MetricsLine.parse(MetricsLine.of(telling), 9)).contains(telling);
    assertThat(MetricsLine.of(MetricsLine.parse(MetricsLine.of(plain), 9).orElseThrow()))
        .isEqualTo(MetricsLine.of(plain));
  }

  @Test
  void numberThatIsNotFiniteIsNull() throws Exception {
    try (RunFolder run = RunFolder.claim(folder, Clock.systemUTC());
        MetricsFile metrics = new MetricsFile(run, new MovingClock())) {
      metrics.stepEnded(Steps.step(1, Double.NaN));
      metrics.stepEnded(Steps.step(2, Double.POSITIVE_INFINITY));
    }

    List<String> lines = Files.readAllLines(folder.resolve("metrics.jsonl"));
    for (String line : lines) {
      JsonNode step = new ObjectMapper().readTree(line);
      assertThat(step.get("loss").isNull()).isTrue();
      assertThat(step.get("grad_norm").doubleValue()).isEqualTo(2.5);
    }
    assertThat(lines).hasSize(2);
  }
}
