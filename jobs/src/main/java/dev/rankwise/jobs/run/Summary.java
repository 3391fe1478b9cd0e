package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import java.time.Duration;
import java.util.Locale;

/**
 * The last lines of a run: the figure that matters, and where everything lies.
 *
 * @param folder the run folder
 * @param finished what was reached
 */
record Summary(RunFolder folder, FinishedRun finished) {
  private static final double MEGABYTE = 1e6;

  void tell(RunContext context) {
    context.say("");
    finished.after().ifPresent(after -> context.say("Accuracy   " + accuracy(after)));
    context.say(
        String.format(
            Locale.ROOT,
            "Trained    %,d parameters, %,d steps, %.0f examples/s, %,.0f tokens/s",
            finished.tuned().adapter().plan().layout().size(),
            finished.tuned().training().steps(),
            finished.examplesPerSecond(),
            finished.tuned().training().tokensPerSecond()));
    context.say(
        String.format(
            Locale.ROOT,
            "Took       %s, at most %,.0f MB of memory a host (%,.0f above the loaded libraries)",
            ProgressLine.clockTime(Duration.between(finished.started(), finished.finished())),
            finished.peakMemoryBytes() / MEGABYTE,
            finished.memoryAboveIdleBytes() / MEGABYTE));
    context.say(
        "Adapter    %s  (SHA-256 %s)".formatted(at(RunFiles.ADAPTER), finished.adapterSha256()));
    context.say("Report     " + at(RunFiles.REPORT));
  }

  private String accuracy(Evaluation after) {
    String held = String.format(Locale.ROOT, "on %,d held-out rows", after.metrics().examples());
    String reached = percent(after.metrics().accuracy());
    return finished
        .before()
        .map(
            before ->
                "%s → %s %s (frozen base with a trained head → adapter)"
                    .formatted(percent(before.metrics().accuracy()), reached, held))
        .orElse(reached + " " + held);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
