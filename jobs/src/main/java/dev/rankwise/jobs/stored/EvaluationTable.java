package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.ConfusionCell;
import java.util.List;
import java.util.Locale;

/**
 * Figures as a terminal shows them.
 *
 * @param adapterOff the adapter's classifier on the bare base
 * @param after the adapter on its base
 */
record EvaluationTable(ClassificationMetrics adapterOff, ClassificationMetrics after) {
  private static final int MOST_CLASSES = 50;
  private static final int MOST_MISTAKES = 5;

  void tell(RunContext context) {
    context.say(String.format(Locale.ROOT, "%,d examples", after.examples()));
    context.say("");
    context.say(String.format(Locale.ROOT, "%-12s %12s %12s", "", "adapter off", "after"));
    row(context, "accuracy", adapterOff.accuracy(), after.accuracy());
    row(context, "macro F1", adapterOff.macroF1(), after.macroF1());
    row(context, "loss", adapterOff.meanLoss(), after.meanLoss());
    context.say("adapter off: the same classifier on the bare base; after: with the adapter");
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
    List<ClassFigures> classes = after.classes();
    for (ClassFigures figures : classes.subList(0, Math.min(MOST_CLASSES, classes.size()))) {
      context.say(
          String.format(
              Locale.ROOT,
              "%-24s %,9d %9.3f %9.3f %9.3f",
              Redaction.printable(figures.label()),
              figures.support(),
              figures.precision(),
              figures.recall(),
              figures.f1()));
    }
    if (classes.size() > MOST_CLASSES) {
      context.say("... and %s more".formatted(classes.size() - MOST_CLASSES));
    }
    mistakes(context);
  }

  private void mistakes(RunContext context) {
    List<ConfusionCell> mistakes = after.mistakes();
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
    return Redaction.printable(after.labels().get(number));
  }

  private static void row(RunContext context, String name, double adapterOff, double after) {
    context.say(String.format(Locale.ROOT, "%-12s %12.4f %12.4f", name, adapterOff, after));
  }
}
