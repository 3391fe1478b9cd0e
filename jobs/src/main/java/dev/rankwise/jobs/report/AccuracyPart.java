package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/** The result of a classifier: how many held-out rows it gets right. */
final class AccuracyPart {
  private static final int BAR = 22;

  private AccuracyPart() {}

  /** Writes the part; at least one model was evaluated. */
  static void write(Markup page, Map<EvaluatedModel, ClassificationMetrics> figures) {
    page.element("p", sentence(figures), "class", "verdict").line();
    bars(page, figures);
  }

  private static String sentence(Map<EvaluatedModel, ClassificationMetrics> models) {
    ClassificationMetrics figures = RunReport.main(models).orElseThrow();
    String rows = NumberText.count(figures.examples()) + " held-out rows";
    Optional<ClassificationMetrics> base =
        Optional.ofNullable(models.get(EvaluatedModel.FROZEN_BASE));
    Optional<ClassificationMetrics> adapter =
        Optional.ofNullable(models.get(EvaluatedModel.ADAPTER));
    if (adapter.isEmpty()) {
      return "Of " + rows + " the frozen base gets " + accuracy(figures) + " right.";
    }
    if (base.isEmpty()) {
      return "Of " + rows + " the tuned model gets " + accuracy(figures) + " right.";
    }
    double before = base.get().accuracy();
    double after = adapter.get().accuracy();
    String verdict =
        after > before ? "better" : after < before ? "worse" : "neither better nor worse";
    return "Of %s the tuned model gets %s right; the frozen base with a trained classifier %s. %s"
        .formatted(
            rows,
            accuracy(adapter.get()),
            accuracy(base.get()),
            "Tuning made it " + verdict + difference(after - before) + ".");
  }

  private static String difference(double gain) {
    if (gain == 0) {
      return "";
    }
    return " by %s points".formatted(NumberText.percent(Math.abs(gain)).replace(" %", ""));
  }

  private static String accuracy(ClassificationMetrics metrics) {
    return NumberText.percent(metrics.accuracy());
  }

  private static void bars(Markup page, Map<EvaluatedModel, ClassificationMetrics> models) {
    ClassificationMetrics figures = RunReport.main(models).orElseThrow();
    SectionFrame.openTable(
        page, "bars", "Accuracy of", "Share of held-out rows answered rightly", "");
    SectionFrame.barRow(
        page,
        "one answer for all",
        "always “"
            + NumberText.cut(mostFrequent(figures), SectionFrame.LABEL_LETTERS)
            + "”: what any model must beat",
        new BarStrip(BAR).lane(Bar.of(figures.majorityAccuracy(), Ink.PALE, "one answer for all")),
        NumberText.percent(figures.majorityAccuracy()));
    models.forEach(
        (model, metrics) ->
            SectionFrame.barRow(
                page,
                model.legend().label(),
                model.legend().description(),
                new BarStrip(BAR)
                    .lane(model.legend().bar(metrics.accuracy(), accuracy(metrics)))
                    .whisker(metrics.accuracyInterval().low(), metrics.accuracyInterval().high()),
                accuracy(metrics)));
    SectionFrame.closeTable(page);
    page.element(
            "p",
            "The full width of a bar's track is 100 %. The thin line at a bar's end is the 95 %"
                + " interval: with other held-out rows of the same kind the figure would most likely"
                + " lie within it.",
            "class",
            "note")
        .line();
  }

  private static String mostFrequent(ClassificationMetrics figures) {
    return Collections.max(figures.classes(), Comparator.comparingLong(ClassFigures::support))
        .label();
  }
}
