package dev.rankwise.jobs.analyze;

import dev.rankwise.jobs.analyze.PairAnalysis.Side;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.ShadedGrid;
import dev.rankwise.jobs.page.SectionFrame;
import java.util.ArrayList;
import java.util.List;

/** Whether two models were changed in the same directions. */
final class SimilaritySection {
  private static final int PERCENT = 100;

  private SimilaritySection() {}

  static void write(Markup page, AnalysisReport report) {
    SectionFrame.open(
        page,
        "similarity",
        "The same directions?",
        "For any two models, how much of the smaller space, spanned by the first directions of one"
            + " update, lies within that of the other, in percent: 100 is all of it. Two tunings that"
            + " found the same share their first directions, whatever their ranks and seeds. Means"
            + " over the weights that both tuned in so many directions.");
    for (PairAnalysis pair : report.pairs()) {
      SectionFrame.part(
          page,
          pair.one() + " and " + pair.other(),
          "Down: how many directions of "
              + pair.one()
              + "; across: how many of "
              + pair.other()
              + ". "
              + NumberText.count(pair.modules().size())
              + " weights.");
      for (Side side : Side.values()) {
        grid(page, pair, side);
      }
    }
    page.close().line();
  }

  private static void grid(Markup page, PairAnalysis pair, Side side) {
    double[][] mean = pair.mean(side);
    int[][] percent = new int[mean.length][mean[0].length];
    for (int i = 0; i < mean.length; i++) {
      for (int j = 0; j < mean[i].length; j++) {
        percent[i][j] = (int) Math.max(0, Math.min(PERCENT, Math.round(PERCENT * mean[i][j])));
      }
    }
    int most = Math.max(mean.length, mean[0].length);
    String what =
        switch (side) {
          case INPUTS -> "What weights read";
          case OUTPUTS -> "What weights write";
        };
    page.element(
            "p",
            "%s: two spaces at random would share %s at 1 and %s at %s."
                .formatted(
                    what,
                    NumberText.percent(pair.atRandom(side, 1)),
                    NumberText.percent(pair.atRandom(side, most)),
                    most),
            "class",
            "note")
        .line();
    new ShadedGrid(
            what + ", " + pair.one() + " and " + pair.other(),
            "first",
            counted(mean.length),
            counted(mean[0].length),
            percent,
            PERCENT)
        .draw(page);
  }

  private static List<String> counted(int most) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= most; i++) {
      names.add(NumberText.count(i));
    }
    return names;
  }
}
