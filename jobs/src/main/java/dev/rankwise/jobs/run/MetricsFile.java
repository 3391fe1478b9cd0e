package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  @Override
  public void stepEnded(StepMetrics metrics) {
    steps.add(metrics);
    lines.writeBytes((line(metrics) + "\n").getBytes(StandardCharsets.UTF_8));
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

  private static String line(StepMetrics metrics) {
    Map<String, Object> fields = new LinkedHashMap<>();
    metrics.fields().forEach((key, value) -> fields.put(key, JsonFile.finite(value)));
    return JsonFile.line(fields);
  }
}
