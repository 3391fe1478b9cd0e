package dev.rankwise.jobs.analyze;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.PageFrame;
import dev.rankwise.jobs.page.SectionFrame;

/** The page of an analysis; the same bytes for the same report. */
final class AnalysisPage {
  private AnalysisPage() {}

  static String of(AnalysisReport report) {
    return PageFrame.around(
        "What tuning did to " + report.base(),
        page -> {
          head(page, report);
          ChangeSection.write(page, report);
          SpectrumSection.write(page, report);
          if (!report.pairs().isEmpty()) {
            SimilaritySection.write(page, report);
          }
        });
  }

  private static void head(Markup page, AnalysisReport report) {
    page.element("p", "Weight analysis", "class", "kind");
    page.element("h1", "What tuning did to " + report.base()).line();
    page.element(
            "p",
            "Tuning changes the weights of a model. This page shows how: by how much each weight grew"
                + " and turned, in how many directions it was changed, and whether two tunings changed"
                + " the same. All figures compare the tuned linear weights with the base's.",
            "class",
            "verdict")
        .line();
    SectionFrame.openTable(
        page, "figures", "Model", "Weights", "Relative size", "Effective rank", "ΔM", "ΔD");
    for (ModelAnalysis model : report.models()) {
      Means means = Means.of(model.updates());
      page.open("tr");
      SectionFrame.rowHead(page, model.name(), model.method());
      SectionFrame.number(page, NumberText.count(model.updates().size()));
      SectionFrame.number(page, NumberText.percent(means.relativeNorm()));
      SectionFrame.number(page, Means.rank(means.effectiveRank()));
      SectionFrame.number(page, NumberText.plain(means.magnitude()));
      SectionFrame.number(page, NumberText.plain(means.direction()));
      page.close().line();
    }
    SectionFrame.closeTable(page);
    page.element(
            "p",
            "Means over the weights of a model. Relative size is the length of the update beside that"
                + " of the weight (‖ΔW‖ / ‖W‖). The other figures are explained below. Every number"
                + " stands in "
                + AnalysisRun.NUMBERS
                + " beside this page.",
            "class",
            "note")
        .line();
  }
}
