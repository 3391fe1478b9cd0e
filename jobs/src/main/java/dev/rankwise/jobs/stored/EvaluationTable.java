package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.ConfusionCell;
import java.util.List;
import java.util.Locale;

/**
 * Figures as a terminal shows them.
 *
 * @param figures side by side
 */
record EvaluationTable(FigureColumns<ClassificationMetrics> figures) {
  private static final int MOST_CLASSES = 50;
  private static final int MOST_MISTAKES = 5;

  void tell(RunContext context) {
    ClassificationMetrics tuned = figures.tuned();
    context.say(CountText.of(tuned.examples(), "example"));
    context.say("");
    figures.tellHeading(context);
    figures.tellRow(context, "accuracy", ClassificationMetrics::accuracy);
    figures.tellRow(context, "macro F1", ClassificationMetrics::macroF1);
    figures.tellRow(context, "loss", ClassificationMetrics::meanLoss);
    figures.tellLegend(context, "the same classifier, and what the base lacks, on the bare base");
    context.say("");
    context.say(
        String.format(
            Locale.ROOT,
            "%-24s %9s %9s %9s %9s",
            "class",
            "examples",
            "precision",
            "recall",
            "F1"));
    List<ClassFigures> classes = tuned.classes();
    for (ClassFigures each : classes.subList(0, Math.min(MOST_CLASSES, classes.size()))) {
      context.say(
          String.format(
              Locale.ROOT,
              "%-24s %,9d %9.3f %9.3f %9.3f",
              Redaction.printable(each.label()),
              each.support(),
              each.precision(),
              each.recall(),
              each.f1()));
    }
    if (classes.size() > MOST_CLASSES) {
      context.say("... and %s more".formatted(classes.size() - MOST_CLASSES));
    }
    mistakes(context);
  }

  private void mistakes(RunContext context) {
    List<ConfusionCell> mistakes = figures.tuned().mistakes();
    if (mistakes.isEmpty()) {
      return;
    }
    context.say("");
    context.say("Most frequent mistakes");
    for (ConfusionCell cell : mistakes.subList(0, Math.min(MOST_MISTAKES, mistakes.size()))) {
      context.say(
          String.format(
              Locale.ROOT,
              "%,6d × %s taken for %s",
              cell.count(),
              label(cell.truth()),
              label(cell.predicted())));
    }
  }

  private String label(int number) {
    return Redaction.printable(figures.tuned().labels().get(number));
  }
}
