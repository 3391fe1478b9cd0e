package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.HeatMap;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.evaluate.ClassFigures;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.ConfusionCell;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which class is taken for which. */
final class ConfusionPart {
  private static final int MOST_PAIRS = 15;
  private static final int BAR = 10;

  private ConfusionPart() {}

  static void write(Markup page, ClassificationMetrics figures) {
    List<Integer> order = new ArrayList<>();
    for (int label = 0; label < figures.labels().size(); label++) {
      if (figures.classes().get(label).occurs()) {
        order.add(label);
      }
    }
    order.sort(
        Comparator.comparingLong((Integer label) -> figures.classes().get(label).support())
            .reversed());
    if (order.size() <= HeatMap.MOST_ROWS) {
      map(page, figures, order);
    }
    pairs(page, figures, order.size());
  }

  private static void map(Markup page, ClassificationMetrics figures, List<Integer> order) {
    SectionFrame.part(
        page,
        "Which class is taken for which",
        "Each line of the map is one right class, each column an answer; framed cells on the"
            + " diagonal are right answers, all others are mistakes, and a stronger colour is a"
            + " larger share of its line.");
    List<String> labels = new ArrayList<>();
    long[][] counts = new long[order.size()][order.size()];
    int[] places = new int[figures.labels().size()];
    for (int place = 0; place < order.size(); place++) {
      labels.add(figures.labels().get(order.get(place)));
      places[order.get(place)] = place;
    }
    for (ConfusionCell cell : figures.cells()) {
      counts[places[cell.truth()]][places[cell.predicted()]] = cell.count();
    }
    new HeatMap("Right class by answer", "right class", "answer", labels, counts).draw(page);
  }

  private static void pairs(Markup page, ClassificationMetrics figures, int classes) {
    List<ConfusionCell> mistakes = figures.mistakes();
    SectionFrame.part(
        page,
        "The most frequent mistakes",
        "The longest bar is the pair of classes that is mixed up most often"
            + (classes > HeatMap.MOST_ROWS
                ? "; with "
                    + NumberText.count(classes)
                    + " classes a map of all pairs would not be"
                    + " readable."
                : "."));
    if (mistakes.isEmpty()) {
      page.element("p", "There is not one mistake", "class", "note").line();
      return;
    }
    SectionFrame.openTable(
        page, "bars tight", "Right class → answer", "", "Mistakes", "Of its class");
    for (ConfusionCell cell : mistakes.subList(0, Math.min(MOST_PAIRS, mistakes.size()))) {
      ClassFigures truth = figures.classes().get(cell.truth());
      String answer = figures.labels().get(cell.predicted());
      page.open("tr");
      page.open("th", "scope", "row", "title", truth.label() + " → " + answer);
      page.element("bdi", NumberText.cut(truth.label(), SectionFrame.LABEL_LETTERS)).text(" → ");
      page.element("bdi", NumberText.cut(answer, SectionFrame.LABEL_LETTERS)).close();
      page.open("td", "class", "bar");
      new BarStrip(BAR)
          .lane(
              Bar.of(
                  (double) cell.count() / mistakes.get(0).count(),
                  Ink.LOST,
                  truth.label() + " taken for " + answer + ": " + NumberText.count(cell.count())))
          .draw(page);
      page.close();
      SectionFrame.number(page, NumberText.count(cell.count()));
      SectionFrame.number(page, NumberText.percent((double) cell.count() / truth.support()));
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }
}
