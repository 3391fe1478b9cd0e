package dev.rankwise.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestLiveLoss {
  private static final int ZEPPELIN_LIMIT = 102_400;
  private static final String FRAME = "<div class=\"rankwise rankwise-frame\">";

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "0, 2, 2",
    "0, 16, 16",
    "0, 17, 9",
    "0, 100, 16",
    "40, 100, 16",
    "0, 20000, 16"
  })
  void isDrawnAtTheFirstStepAndTheLastAndSeldomBetween(int done, int steps, int drawings) {
    train(done, steps);

    assertThat(frames()).hasSize(drawings + 1);
    assertThat(frames()[1]).contains("Step %,d of %,d".formatted(done + 1, steps));
    assertThat(frames()[drawings]).contains("Step %,d of %,d".formatted(steps, steps));
    assertThat(written.size()).isLessThan(ZEPPELIN_LIMIT);
  }

  @Test
  void aPointOfALongTrainingIsTheMeanOfItsSteps() {
    train(0, 600);

    // 600 steps are 60 points of 10. The loss of a step is 1 / step, so the first point lies at
    // (1 + 1/2 + ... + 1/10) / 10.
    String drawing = frames()[LiveLoss.DRAWINGS];
    String path = drawing.split("<path d=\"M")[1].split("\"")[0];
    assertThat(path.split("L")).hasSize(LiveLoss.POINTS);
    assertThat(drawing).contains("60 points, the highest value is 0.2929<");
  }

  @Test
  void aSecondTrainingIsABlockOfItsOwn() {
    train(0, 3);
    train(0, 3);

    assertThat(written.toString(StandardCharsets.UTF_8).split("%html ")).hasSize(3);
  }

  @Test
  void outputThatIsGoneEndsTheRun() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("the notebook is closed");
          }
        };
    LiveLoss loss = new LiveLoss(new DisplayStream(gone));
    assertThatThrownBy(() -> loss.beginning(0, 3))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the notebook is closed");
  }

  private String[] frames() {
    return written.toString(StandardCharsets.UTF_8).split(FRAME);
  }

  private void train(int done, int steps) {
    LiveLoss loss = new LiveLoss(new DisplayStream(written));
    loss.beginning(done, steps);
    for (int step = done + 1; step <= steps; step++) {
      loss.stepEnded(metrics(step, steps));
    }
  }

  private static StepMetrics metrics(int step, int steps) {
    return new StepMetrics(
        step,
        steps,
        1,
        1.0 / step,
        1e-3,
        1,
        16,
        400,
        true,
        Optional.empty(),
        Map.of(),
        new StepTimes(1, 1, 0, 0, 0, 0, 0, 0));
  }
}
