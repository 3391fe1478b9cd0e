package dev.rankwise.jobs.report;

import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import java.util.ArrayList;
import java.util.List;

/** Where rank went, of a method that moves it between modules. */
final class RankPart {
  /** Decisions that the table shows, the first and the last among them. */
  private static final int SHOWN = 8;

  private RankPart() {}

  /** How many triplets were left after each decision. */
  static void budget(Markup page, List<Decision> decisions, Axis axis) {
    new Plot(
            "Triplets left",
            "How many parts of rank one the adapter has over all modules; at each decision those"
                + " that matter least go.",
            "step",
            "triplets")
        .line(
            new Series(
                "after each decision",
                Ink.MAIN,
                decisions.stream().mapToDouble(decision -> decision.step() + 1).toArray(),
                decisions.stream().mapToDouble(Decision::kept).toArray()))
        .draw(page, axis);
  }

  /** The rank of each module after some of the decisions. */
  static void modules(Markup page, List<Decision> decisions) {
    SectionFrame.part(
        page,
        "Where rank went",
        "The rank of each module as training went on, from left to right; a module of rank 0 is the"
            + " base's own again.");
    List<Decision> shown = shown(decisions);
    List<String> headings = new ArrayList<>(List.of("Module"));
    shown.forEach(decision -> headings.add("Step " + NumberText.count(decision.step() + 1L)));
    SectionFrame.openTable(page, "figures", headings.toArray(String[]::new));
    for (String path : shown.get(0).live().keySet()) {
      page.open("tr");
      SectionFrame.rowHead(page, path);
      for (Decision decision : shown) {
        SectionFrame.number(page, NumberText.count(decision.ranks().get(path)));
      }
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }

  private static List<Decision> shown(List<Decision> decisions) {
    int columns = Math.min(SHOWN, decisions.size());
    List<Decision> shown = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      double share = columns == 1 ? 1 : (double) column / (columns - 1);
      shown.add(decisions.get((int) Math.round(share * (decisions.size() - 1))));
    }
    return shown;
  }
}
