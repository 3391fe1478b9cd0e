package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a reader takes away who reads nothing else. */
final class HeadlineSection {
  private static final int BAR = 22;
  private static final int TASK_LETTERS = 120;

  private HeadlineSection() {}

  static void write(Markup page, RunReport report) {
    page.open("header").line();
    page.open("p", "class", "kind").text("Rankwise run report").close();
    page.element("h1", NumberText.cut(report.task(), TASK_LETTERS), "title", report.task()).line();
    page.element("p", introduction(report), "class", "reading").line();
    page.element(
        "p",
        "Tables and maps that are wider than the screen scroll sideways.",
        "class",
        "note narrow");
    status(page, report.outcome());
    page.close().line();
    page.open("section", "id", "result").line().element("h2", "The result").line();
    Optional<ClassificationMetrics> figures = report.mainFigures();
    if (figures.isPresent()) {
      page.element("p", sentence(report, figures.get()), "class", "verdict").line();
      bars(page, report, figures.get());
    } else {
      page.element("p", withoutEvaluation(report.steps()), "class", "verdict").line();
    }
    tiles(page, report);
    page.close().line();
  }

  private static String introduction(RunReport report) {
    return "This page tells what one fine-tuning run did: the language model "
        + report.base().name()
        + " was taught to sort texts into "
        + NumberText.count(report.data().labels().size())
        + " classes. The model itself (the base) stayed frozen; only a small add-on (the adapter)"
        + " and a classifier were trained. All figures come from rows that training never saw,"
        + " unless said otherwise.";
  }

  private static void status(Markup page, RunOutcome outcome) {
    String css = outcome.exitCode() == 0 ? "status good" : "status bad";
    page.open("p", "class", css);
    page.element("strong", (outcome.exitCode() == 0 ? "✓ " : "✕ ") + outcome.status());
    if (outcome.exitCode() != 0) {
      page.text(" (exit code " + outcome.exitCode() + ")");
    }
    if (!outcome.message().isEmpty()) {
      page.text(" " + outcome.message());
    }
    page.close().line();
  }

  private static String sentence(RunReport report, ClassificationMetrics figures) {
    String rows = NumberText.count(figures.examples()) + " held-out rows";
    Optional<ClassificationMetrics> base = report.evaluated(EvaluatedModel.FROZEN_BASE);
    Optional<ClassificationMetrics> adapter = report.evaluated(EvaluatedModel.ADAPTER);
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

  private static String withoutEvaluation(List<StepMetrics> steps) {
    if (steps.isEmpty()) {
      return "No step was trained and nothing was evaluated.";
    }
    return "Nothing was evaluated. The training loss went from "
        + NumberText.plain(steps.get(0).loss())
        + " to "
        + NumberText.plain(steps.get(steps.size() - 1).loss())
        + " in "
        + steps(steps)
        + ".";
  }

  private static String steps(List<StepMetrics> steps) {
    return steps.size() == 1 ? "1 step" : NumberText.count(steps.size()) + " steps";
  }

  private static void bars(Markup page, RunReport report, ClassificationMetrics figures) {
    SectionFrame.openTable(
        page, "bars", "Accuracy of", "Share of held-out rows answered rightly", "");
    row(
        page,
        "one answer for all",
        "always “"
            + NumberText.cut(mostFrequent(figures), SectionFrame.LABEL_LETTERS)
            + "”: what any model must beat",
        new BarStrip(BAR).lane(Bar.of(figures.majorityAccuracy(), Ink.PALE, "one answer for all")),
        figures.majorityAccuracy());
    report
        .evaluation()
        .forEach(
            (model, metrics) ->
                row(
                    page,
                    model.legend().label(),
                    model.legend().description(),
                    new BarStrip(BAR)
                        .lane(model.legend().bar(metrics.accuracy(), accuracy(metrics)))
                        .whisker(
                            metrics.accuracyInterval().low(), metrics.accuracyInterval().high()),
                    metrics.accuracy()));
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

  private static void row(
      Markup page, String name, String description, BarStrip strip, double accuracy) {
    page.open("tr").open("th", "scope", "row").text(name);
    page.element("small", description).close();
    page.open("td", "class", "bar");
    strip.draw(page);
    page.close();
    page.element("td", NumberText.percent(accuracy), "class", "number big").close().line();
  }

  private static void tiles(Markup page, RunReport report) {
    TunedAdapter adapter = report.adapter();
    long whole = report.base().parameters();
    page.open("dl", "class", "tiles").line();
    tile(
        page,
        "Trained parameters",
        NumberText.inShort(adapter.trainableParameters()),
        NumberText.percent((double) adapter.trainableParameters() / whole)
            + " of the base's "
            + NumberText.inShort(whole));
    tile(
        page,
        "Time",
        NumberText.duration(report.outcome().seconds()),
        "from start to report, " + steps(report.steps()));
    tile(
        page,
        "Adapter file",
        adapter.sha256().isEmpty() ? NumberText.NONE : NumberText.bytes(adapter.bytes()),
        adapter.sha256().isEmpty() ? "none was written" : "all that must be kept or sent");
    tile(
        page,
        "Training rows",
        NumberText.count(report.data().train().examples()),
        NumberText.count(report.data().test().examples()) + " more were held out");
    page.close().line();
  }

  private static void tile(Markup page, String name, String value, String remark) {
    page.open("div").element("dt", name).element("dd", value, "class", "value");
    page.element("dd", remark, "class", "remark").close().line();
  }
}
