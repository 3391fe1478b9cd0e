package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

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
    finished.after().ifPresent(after -> tell(context, after));
    context.say(
        String.format(
            Locale.ROOT,
            "Trained    %,d parameters, %s%s, %,.0f %s/s, %,.0f tokens/s",
            finished.tuned().trainedNumbers(),
            CountText.of(finished.tuned().training().steps(), "step"),
            finished
                .tuned()
                .training()
                .best()
                .map(best -> String.format(Locale.ROOT, ", the model of step %,d", best.step()))
                .orElse(""),
            finished.labelsPerSecond(),
            labels(),
            finished.tuned().training().tokensPerSecond()));
    if (!finished.quarantined().isEmpty()) {
      context.say(
          "Left out   %s, with which steps fail: %s"
              .formatted(
                  CountText.of(finished.quarantined().size(), "row"),
                  Redaction.shown(String.join(", ", finished.quarantined()))));
    }
    if (finished.tuned().checks().trained().allStill()) {
      context.say(
          "           Note: nothing was trained: what is saved has no update at a learning rate above 0"
              + " behind it; give the run more steps, or no warm-up");
    }
    context.say(
        String.format(
            Locale.ROOT,
            "Took       %s, at most %,.0f MB of memory a host (%,.0f above the loaded libraries)",
            ProgressLine.clockTime(Duration.between(finished.started(), finished.finished())),
            finished.peakMemoryBytes() / MEGABYTE,
            finished.memoryAboveIdleBytes() / MEGABYTE));
    context.say(
        "%-10s %s  (SHA-256 %s)"
            .formatted(
                capitalised(finished.weights().kind()),
                at(finished.weights().kind()),
                finished.weights().sha256()));
    context.say("Report     " + at(RunFiles.REPORT));
  }

  private String labels() {
    return switch (finished.data().manifest().kind()) {
      case LABELLED -> "examples";
      case SEQUENCES -> "targets";
    };
  }

  private void tell(RunContext context, Evaluation after) {
    if (after.metrics() instanceof ClassificationMetrics) {
      context.say(
          "Accuracy   "
              + compared(
                  metrics -> percent(((ClassificationMetrics) metrics).accuracy()),
                  "rows",
                  "frozen base with a trained head → adapter"));
    } else {
      context.say(
          "Perplexity "
              + compared(
                  metrics -> number(((LanguageMetrics) metrics).perplexity()),
                  "sequences",
                  finished.weights().kind().equals(RunFiles.MODEL)
                      ? "before → after training"
                      : "base alone → adapter"));
      finished
          .first()
          .map(first -> number(((LanguageMetrics) first.metrics()).perplexity()))
          .ifPresent(first -> context.say("           " + first + " with the first adapter alone"));
    }
  }

  private String compared(Function<Metrics, String> figure, String examples, String models) {
    Metrics after = finished.after().orElseThrow().metrics();
    String held = String.format(Locale.ROOT, "on %,d held-out %s", after.examples(), examples);
    String reached = figure.apply(after);
    return finished
        .before()
        .map(before -> figure.apply(before.metrics()))
        .map(before -> "%s → %s %s (%s)".formatted(before, reached, held, models))
        .orElse(reached + " " + held);
  }

  private String at(String name) {
    return folder.address(name);
  }

  private static String capitalised(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.2f", value);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
