package dev.rankwise.jobs.report;

import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.chart.ShadedGrid;
import dev.rankwise.jobs.page.SectionFrame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/** Where rank went, of a method that moves it between modules. */
final class RankPart {
  /** Decisions that the table shows, the first and the last among them. */
  private static final int SHOWN = 8;

  /** Decisions that the picture shows, likewise. */
  private static final int DRAWN = 60;

  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  private RankPart() {}

  /** How many triplets were left after each decision. */
  static void budget(Markup page, List<Decision> decisions, Axis axis) {
    // All are there until the first decision.
    int all = decisions.get(0).live().values().stream().mapToInt(List::size).sum();
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
                DoubleStream.concat(
                        DoubleStream.of(1, Math.max(1, decisions.get(0).step())),
                        decisions.stream().mapToDouble(decision -> decision.step() + 1))
                    .toArray(),
                DoubleStream.concat(
                        DoubleStream.of(all, all), decisions.stream().mapToDouble(Decision::kept))
                    .toArray()))
        .draw(page, axis);
  }

  /** What the orthogonality term added to each step's objective, beside the loss. */
  static void term(Markup page, List<Double> terms, Axis axis) {
    double[] steps = new double[terms.size()];
    Arrays.setAll(steps, step -> step + 1);
    new Plot(
            "Orthogonality term",
            "How far the triplets of a module are from pointing in directions of their own, times"
                + " the term's weight; it pulls at the adapter and is no part of the loss.",
            "step",
            "weighted term")
        .line(
            new Series(
                "each step",
                Ink.MAIN,
                steps,
                terms.stream().mapToDouble(Double::doubleValue).toArray()))
        .draw(page, axis);
  }

  /** The rank of each module over the decisions, as a picture and, of some, as numbers. */
  static void modules(Markup page, List<Decision> decisions) {
    SectionFrame.part(
        page,
        "Where rank went",
        "The rank of each module as training went on, from left to right: full colour is all of its"
            + " triplets, none is rank 0, where the module is the base's own again.");
    picture(page, shown(decisions, DRAWN));
    page.open("details").element("summary", "Ranks as numbers").line();
    table(page, shown(decisions, SHOWN));
    page.close().line();
  }

  private static void picture(Markup page, List<Decision> shown) {
    List<String> paths = paths(shown);
    int[][] ranks = new int[paths.size()][shown.size()];
    int full = 1;
    for (int row = 0; row < ranks.length; row++) {
      full = Math.max(full, shown.get(0).live().get(paths.get(row)).size());
      for (int column = 0; column < shown.size(); column++) {
        ranks[row][column] = shown.get(column).ranks().get(paths.get(row));
      }
    }
    List<String> steps =
        shown.stream().map(decision -> "Step " + NumberText.count(decision.step() + 1L)).toList();
    new ShadedGrid("Rank of each module after each decision", "after", paths, steps, ranks, full)
        .draw(page);
  }

  private static void table(Markup page, List<Decision> shown) {
    List<String> headings = new ArrayList<>(List.of("Module"));
    shown.forEach(decision -> headings.add("Step " + NumberText.count(decision.step() + 1L)));
    SectionFrame.openTable(page, "figures", headings.toArray(String[]::new));
    for (String path : paths(shown)) {
      page.open("tr");
      SectionFrame.rowHead(page, path);
      for (Decision decision : shown) {
        SectionFrame.number(page, NumberText.count(decision.ranks().get(path)));
      }
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }

  /** Layers by their numbers, not by the digits these begin with. */
  private static List<String> paths(List<Decision> shown) {
    Function<String, String> padded =
        path ->
            NUMBER.matcher(path).replaceAll(it -> "0".repeat(9 - it.group().length()) + it.group());
    return shown.get(0).live().keySet().stream().sorted(Comparator.comparing(padded)).toList();
  }

  private static List<Decision> shown(List<Decision> decisions, int most) {
    int columns = Math.min(most, decisions.size());
    List<Decision> shown = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      double share = columns == 1 ? 1 : (double) column / (columns - 1);
      shown.add(decisions.get((int) Math.round(share * (decisions.size() - 1))));
    }
    return shown;
  }
}
