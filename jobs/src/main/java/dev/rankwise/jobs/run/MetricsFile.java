package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.tracking.EventRecords;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code metrics.jsonl}: one line a step, and the same for TensorBoard, every few seconds and once
 * more at the end. The lines are put in place whole, so whoever looks sees complete ones. Records
 * of events are put behind those that are there: TensorBoard keeps the file open and reads on.
 */
final class MetricsFile implements StepListener, AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  /** A line of 1 kB for each of two million steps. */
  private static final long MOST_BYTES = 2_000_000_000;

  private static final String EVENTS = "events.out.tfevents.rankwise";

  private final RunFolder folder;
  private final Clock clock;
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final ByteArrayOutputStream events = new ByteArrayOutputStream();
  private final List<StepMetrics> steps = new ArrayList<>();
  private Instant written;

  /** When the last step ended; of steps before an interruption, as if they had just been done. */
  private Instant ended;

  MetricsFile(RunFolder folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
    this.written = clock.instant();
    this.ended = written;
  }

  /** Takes the steps of a former run away. */
  static void clear(RunFolder folder) {
    folder.commitFile(RunFiles.METRICS, new byte[0]);
    folder.commitDirectory(RunFiles.TENSORBOARD, staged -> {});
  }

  /** The steps that were done before stay where they can be read; later ones are done again. */
  @Override
  public void beginning(int done, int of) {
    steps.clear();
    lines.reset();
    events.reset();
    List<StepMetrics> before = new ArrayList<>();
    for (String line : done == 0 ? List.<String>of() : former()) {
      MetricsLine.parse(line, of).filter(step -> step.step() <= done).ifPresent(before::add);
    }
    ended = clock.instant().minus(duration(before));
    events.writeBytes(EventRecords.opening(ended));
    before.forEach(this::add);
    folder.commitDirectory(RunFiles.TENSORBOARD, staged -> {});
    write();
  }

  private List<String> former() {
    return folder
        .read(RunFiles.METRICS, MOST_BYTES)
        .map(text -> new String(text, StandardCharsets.UTF_8).lines().toList())
        .orElse(List.of());
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
    folder.append(RunFiles.TENSORBOARD, EVENTS, events.toByteArray());
    events.reset();
    written = clock.instant();
  }

  private static Duration duration(List<StepMetrics> steps) {
    double seconds = steps.stream().mapToDouble(step -> step.times().step()).sum();
    return Duration.ofMillis(Math.round(1e3 * seconds));
  }

  private void add(StepMetrics metrics) {
    steps.add(metrics);
    lines.writeBytes((MetricsLine.of(metrics) + "\n").getBytes(StandardCharsets.UTF_8));
    ended = ended.plus(duration(List.of(metrics)));
    events.writeBytes(EventRecords.of(metrics, ended));
  }
}
