package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code metrics.jsonl}: one line a step. The file is put in place whole every few seconds, so
 * whoever looks sees complete lines, and once more at the end.
 */
final class MetricsFile implements StepListener, AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final RunFolder folder;
  private final Clock clock;
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final List<StepMetrics> steps = new ArrayList<>();
  private Instant written;

  MetricsFile(RunFolder folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
    this.written = clock.instant();
  }

  /** Takes the steps of a former run away. */
  static void clear(RunFolder folder) {
    folder.commitFile(RunFiles.METRICS, new byte[0]);
  }

  /** The steps that were done before stay where they can be read; later ones are done again. */
  @Override
  public void beginning(int done, int of) {
    steps.clear();
    lines.reset();
    for (String line : done == 0 ? List.<String>of() : former()) {
      MetricsLine.parse(line, of).filter(step -> step.step() <= done).ifPresent(this::add);
    }
    write();
  }

  private List<String> former() {
    Path file = folder.resolve(RunFiles.METRICS);
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  @Override
  public void checkpointing() {
    write();
  }

  @Override
  public void stepEnded(StepMetrics metrics) {
    add(metrics);
    if (Duration.between(written, clock.instant()).compareTo(INTERVAL) >= 0) {
      write();
    }
  }

  /** The steps so far. */
  List<StepMetrics> steps() {
    return List.copyOf(steps);
  }

  @Override
  public void close() {
    write();
  }

  private void write() {
    folder.commitFile(RunFiles.METRICS, lines.toByteArray());
    written = clock.instant();
  }

  private void add(StepMetrics metrics) {
    steps.add(metrics);
    lines.writeBytes((MetricsLine.of(metrics) + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
