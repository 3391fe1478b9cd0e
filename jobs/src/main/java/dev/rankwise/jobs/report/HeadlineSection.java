package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.List;

/** What a reader takes away who reads nothing else. */
final class HeadlineSection {
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
    if (!report.classifiers().isEmpty()) {
      AccuracyPart.write(page, report.classifiers());
    } else if (!report.decoders().isEmpty()) {
      PerplexityPart.write(page, report.decoders());
    } else {
      page.element("p", withoutEvaluation(report.steps()), "class", "verdict").line();
    }
    tiles(page, report);
    page.close().line();
  }

  private static String introduction(RunReport report) {
    String taught =
        switch (report.data().kind()) {
          case LABELLED ->
              "to sort texts into "
                  + NumberText.count(report.data().labels().size())
                  + " classes. "
                  + trained(report, " and a classifier were trained.");
          case SEQUENCES ->
              "to go on with texts as the training rows do. " + trained(report, " was trained.");
        };
    return "This page tells what one fine-tuning run did: the language model "
        + report.base().name()
        + " was taught "
        + taught
        + " All figures come from rows that training never saw, unless said otherwise.";
  }

  private static String trained(RunReport report, String beside) {
    if (report.adapter().isKeptOnly()) {
      return "The model itself (the base) stayed frozen; only modules that are kept in full, such as"
          + " its head, were trained.";
    }
    return report.adapter().isWholeBase()
        ? "Every weight of it was trained."
        : "The model itself (the base) stayed frozen; only a small add-on (the adapter)"
            + beside
            + above(report.adapter());
  }

  private static String above(TunedAdapter adapter) {
    return adapter
        .first()
        .map(it -> " It was tuned above a first one, " + it.place() + ", which stood still.")
        .orElse("");
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
    return CountText.of(steps.size(), "step");
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
        adapter.isWholeBase() ? "Model file" : "Adapter file",
        adapter.sha256().isEmpty() ? NumberText.NONE : NumberText.bytes(adapter.bytes()),
        adapter.sha256().isEmpty() ? "none was written" : "all that must be kept or sent");
    tile(
        page,
        switch (report.data().kind()) {
          case LABELLED -> "Training rows";
          case SEQUENCES -> "Training sequences";
        },
        NumberText.count(report.data().train().examples()),
        NumberText.count(report.data().test().examples()) + " more were held out");
    page.close().line();
  }

  private static void tile(Markup page, String name, String value, String remark) {
    page.open("div").element("dt", name).element("dd", value, "class", "value");
    page.element("dd", remark, "class", "remark").close().line();
  }
}
