package dev.rankwise.jobs.run;

import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One line that says how far the training is: rewritten in place on a terminal, written anew every
 * few seconds elsewhere.
 */
final class ProgressLine implements StepListener {
  private static final Duration ON_TERMINAL = Duration.ofMillis(200);
  private static final Duration IN_LOG = Duration.ofSeconds(10);

  /** Share of the newest step in the smoothed loss and speed. */
  private static final double NEWEST = 0.1;

  private final PrintStream out;
  private final boolean terminal;
  private final Clock clock;
  private Instant started;
  private int before;
  private Instant shown = Instant.EPOCH;
  private double loss = Double.NaN;
  private double tokensPerSecond = Double.NaN;

  private ProgressLine(PrintStream out, boolean terminal, Clock clock) {
    this.out = out;
    this.terminal = terminal;
    this.clock = clock;
    this.started = clock.instant();
  }

  /** A line for a person in front of a terminal. */
  static ProgressLine onTerminal(PrintStream out, Clock clock) {
    return new ProgressLine(out, true, clock);
  }

  /** Lines for a log. */
  static ProgressLine inLog(PrintStream out, Clock clock) {
    return new ProgressLine(out, false, clock);
  }

  @Override
  public void beginning(int done, int steps) {
    before = done;
    started = clock.instant();
  }

  @Override
  public void stepEnded(StepMetrics metrics) {
    loss = smoothed(loss, metrics.loss());
    tokensPerSecond = smoothed(tokensPerSecond, metrics.tokensPerSecond());
    Instant now = clock.instant();
    boolean last = metrics.step() == metrics.steps();
    Duration since = Duration.between(shown, now);
    if (!last && since.compareTo(terminal ? ON_TERMINAL : IN_LOG) < 0) {
      return;
    }
    shown = now;
    String text = text(metrics, Duration.between(started, now));
    if (terminal) {
      out.print("\r" + text + "\u001b[K" + (last ? "\n" : ""));
    } else {
      out.println(text);
    }
    out.flush();
  }

  @Override
  public void quarantined(int step, List<Integer> positions) {
    out.println(
        "%s  step %s: left out from here on, since each makes it fail always: %s at position %s"
            .formatted(
                terminal ? "\r\u001b[K" : "",
                step,
                CountText.of(positions.size(), "example"),
                positions.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    out.flush();
  }

  private String text(StepMetrics metrics, Duration elapsed) {
    long left = elapsed.toMillis() * (metrics.steps() - metrics.step()) / (metrics.step() - before);
    return String.format(
        Locale.ROOT,
        "  step %,d of %,d   loss %.4f   rate %.2e   %,.0f tokens/s   %s left",
        metrics.step(),
        metrics.steps(),
        loss,
        metrics.learningRate(),
        tokensPerSecond,
        clockTime(Duration.ofMillis(left)));
  }

  private static double smoothed(double before, double now) {
    return Double.isNaN(before) ? now : before + NEWEST * (now - before);
  }

  /** Minutes and seconds, with hours only where there are some. */
  static String clockTime(Duration time) {
    return time.toHours() > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}
