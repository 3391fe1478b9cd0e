package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How good the answers on held-out rows are, as a whole and class by class. */
final class EvaluationSection {
  private static final int BAR = 7;
  private static final int MOST_OPEN = 40;
  private static final int MOST_FOLDED = 500;

  private EvaluationSection() {}

  static void write(Markup page, RunReport report) {
    SectionFrame.open(
        page,
        "evaluation",
        "How good the answers are",
        "The models answered rows that training never saw; this section compares their answers with"
            + " the right ones.");
    Map<EvaluatedModel, ClassificationMetrics> models = report.classifiers();
    if (!models.isEmpty()) {
      whole(page, models);
      classes(page, models);
      ConfusionPart.write(page, RunReport.main(models).orElseThrow());
    } else if (!report.decoders().isEmpty()) {
      PerplexityPart.table(page, report.decoders());
      TaskPart.figures(page, report.decoders());
    } else {
      page.element("p", "Nothing was evaluated", "class", "note").line();
    }
    if (!report.samples().isEmpty()) {
      if (report.decoders().isEmpty()) {
        samples(page, report.samples());
      } else {
        PerplexityPart.samples(page, report.samples());
      }
    }
    page.close().line();
  }

  private static void whole(Markup page, Map<EvaluatedModel, ClassificationMetrics> evaluation) {
    SectionFrame.openTable(
        page, "figures", "Model", "Accuracy", "95 % interval", "Macro F1", "Loss", "Rows");
    evaluation.forEach(
        (model, metrics) -> {
          page.open("tr").open("th", "scope", "row");
          model.legend().draw(page);
          page.close();
          SectionFrame.number(page, NumberText.percent(metrics.accuracy()));
          SectionFrame.number(
              page,
              NumberText.percent(metrics.accuracyInterval().low()).replace(" %", "")
                  + " to "
                  + NumberText.percent(metrics.accuracyInterval().high()));
          SectionFrame.number(page, NumberText.plain(SectionFrame.rounded(metrics.macroF1())));
          SectionFrame.number(page, NumberText.plain(SectionFrame.rounded(metrics.meanLoss())));
          SectionFrame.number(page, NumberText.count(metrics.examples()));
          page.close().line();
        });
    SectionFrame.closeTable(page);
    page.element(
            "p",
            "Accuracy is the share of right answers. F1 of a class is high only if its rows are"
                + " found and few others are taken for it; macro F1 is the mean over classes, so"
                + " that a rare class counts as much as a frequent one. Loss is the mean surprise"
                + " at the right answer; lower is better.",
            "class",
            "note")
        .line();
  }

  private static void classes(Markup page, Map<EvaluatedModel, ClassificationMetrics> models) {
    ClassificationMetrics main = RunReport.main(models).orElseThrow();
    List<Integer> order = new ArrayList<>();
    for (int label = 0; label < main.classes().size(); label++) {
      if (main.classes().get(label).occurs()) {
        order.add(label);
      }
    }
    order.sort(
        Comparator.comparingLong((Integer label) -> main.classes().get(label).support())
            .reversed());
    SectionFrame.part(
        page,
        "Class by class",
        "One line a class, the most frequent first; a longer F1 bar is better, full width is 1.");
    page.open("div", "class", "legend");
    for (EvaluatedModel model : models.keySet()) {
      page.open("span");
      model.legend().draw(page);
      page.close();
    }
    page.close().line();
    table(page, models, order.subList(0, Math.min(MOST_OPEN, order.size())));
    if (order.size() > MOST_OPEN) {
      List<Integer> rest =
          order.subList(MOST_OPEN, Math.min(MOST_OPEN + MOST_FOLDED, order.size()));
      page.open("details")
          .element("summary", NumberText.count(rest.size()) + " rarer classes")
          .line();
      table(page, models, rest);
      page.close().line();
    }
    if (order.size() > MOST_OPEN + MOST_FOLDED) {
      page.element("p", "All classes stand in evaluation.json.", "class", "note").line();
    }
  }

  private static void table(
      Markup page, Map<EvaluatedModel, ClassificationMetrics> models, List<Integer> labels) {
    ClassificationMetrics main = RunReport.main(models).orElseThrow();
    boolean compared = models.size() > 1;
    List<String> headings = new ArrayList<>(List.of("Class", "F1", ""));
    if (compared) {
      headings.add("before");
    }
    headings.addAll(List.of("Precision", "Recall", "Rows"));
    SectionFrame.openTable(page, "bars tight", headings.toArray(String[]::new));
    for (int label : labels) {
      ClassFigures figures = main.classes().get(label);
      page.open("tr");
      SectionFrame.rowHead(page, figures.label());
      page.open("td", "class", "bar");
      strip(models, label).draw(page);
      page.close();
      page.element("td", decimals(figures.f1()), "class", "number strong");
      if (compared) {
        SectionFrame.number(
            page, decimals(models.get(EvaluatedModel.FROZEN_BASE).classes().get(label).f1()));
      }
      SectionFrame.number(page, decimals(figures.precision()));
      SectionFrame.number(page, decimals(figures.recall()));
      SectionFrame.number(page, NumberText.count(figures.support()));
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }

  private static BarStrip strip(Map<EvaluatedModel, ClassificationMetrics> models, int label) {
    BarStrip strip = new BarStrip(BAR);
    models.forEach(
        (model, metrics) -> {
          double f1 = metrics.classes().get(label).f1();
          strip.lane(model.legend().bar(f1, "F1 " + decimals(f1)));
        });
    return strip;
  }

  private static String decimals(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static void samples(Markup page, List<SamplePrediction> samples) {
    boolean pictures = !samples.get(0).pictures().isEmpty();
    SectionFrame.part(
        page,
        "Where the two disagree",
        "The first held-out rows that the models put into different classes, as they read them%s: ✓"
                .formatted(pictures ? "" : ", in tokens put together again")
            + " is right, ✕ is wrong. Rows on which both agree are left out.");
    SectionFrame.openTable(
        page,
        "samples",
        pictures ? "Picture" : "Text",
        "Right class",
        EvaluatedModel.FROZEN_BASE.legend().label(),
        EvaluatedModel.ADAPTER.legend().label());
    for (SamplePrediction sample : samples) {
      page.open("tr").open("td", "class", "text");
      if (pictures) {
        SectionFrame.pictures(page, sample.pictures());
        page.close();
      } else {
        page.element("bdi", NumberText.cut(sample.text(), 240)).close();
      }
      SectionFrame.rowHead(page, sample.truth());
      answer(page, sample.base(), sample.truth());
      answer(page, sample.adapter(), sample.truth());
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }

  private static void answer(Markup page, String answer, String truth) {
    if (answer.isEmpty()) {
      page.element("td", NumberText.NONE);
      return;
    }
    boolean right = answer.equals(truth);
    page.open("td", "class", right ? "right" : "wrong", "title", answer).text(right ? "✓ " : "✕ ");
    page.element("bdi", NumberText.cut(answer, SectionFrame.LABEL_LETTERS)).close();
  }
}
