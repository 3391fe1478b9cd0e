package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.WeightUpdate;
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
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;

/** In how many directions weights were changed. */
final class SpectrumSection {
  /** Singular values that are drawn at most: beyond them lines lie on the ground. */
  private static final int DRAWN = 64;

  private static final int MARKS = 5;

  private SpectrumSection() {}

  static void write(Markup page, AnalysisReport report) {
    SectionFrame.open(
        page,
        "directions",
        "In how many directions?",
        "An update stretches its input along some directions, each by a singular value. If few values"
            + " are large, the update is of low rank, whatever room it was given. The effective rank"
            + " counts them: r alike count as r, small ones count less.");
    page.open("div", "class", "plots").line();
    report.models().forEach(model -> plot(page, model));
    page.close().line();
    SectionFrame.part(
        page,
        "Effective rank by layer",
        "Each field is one weight; a darker one was changed in more directions than others of its"
            + " model.");
    report.models().forEach(model -> grid(page, model));
    page.open("details").element("summary", "Updates as numbers").line();
    table(page, report);
    page.close().line();
    page.close().line();
  }

  private static void plot(Markup page, ModelAnalysis model) {
    int values =
        model.updates().stream()
            .mapToInt(update -> update.spectrum().values().length)
            .max()
            .orElse(0);
    int drawn = Math.min(DRAWN, values);
    double[] x = new double[drawn];
    Arrays.setAll(x, k -> k + 1);
    double[] mean = new double[drawn];
    double[] most = new double[drawn];
    List<double[]> changed =
        model.updates().stream()
            .map(update -> update.spectrum().values())
            .filter(own -> own.length > 0 && own[0] > 0)
            .toList();
    for (double[] own : changed) {
      for (int k = 0; k < Math.min(drawn, own.length); k++) {
        double share = own[k] / own[0];
        mean[k] += share / changed.size();
        most[k] = Math.max(most[k], share);
      }
    }
    new Plot(
            model.name(),
            "Singular values beside the largest of their weight"
                + (values > drawn ? "; the first " + drawn + " of " + values : "")
                + ".",
            "number of the singular value",
            "share of the largest")
        .line(new Series("flattest weight at each place", Ink.COMPARED, x, most))
        .line(new Series("mean over the weights that changed", Ink.MAIN, x, mean))
        .draw(page, Axis.whole(1, Math.max(1, drawn), MARKS));
  }

  private static void grid(Markup page, ModelAnalysis model) {
    List<String> projections = List.copyOf(model.projections());
    List<Integer> layers = layers(model);
    int[][] ranks = new int[projections.size()][layers.size()];
    int full = 1;
    for (WeightUpdate update : model.updates()) {
      int rank = (int) Math.round(update.spectrum().effectiveRank());
      int row = projections.indexOf(ModelAnalysis.place(update).projection());
      ranks[row][layers.indexOf(layer(update))] = rank;
      full = Math.max(full, rank);
    }
    List<String> names = new ArrayList<>();
    layers.forEach(layer -> names.add(layer < 0 ? NumberText.NONE : NumberText.count(layer)));
    page.element("h4", model.name()).line();
    new ShadedGrid("Effective rank in " + model.name(), "layer", projections, names, ranks, full)
        .draw(page);
  }

  private static List<Integer> layers(ModelAnalysis model) {
    TreeSet<Integer> layers = new TreeSet<>();
    model.updates().forEach(update -> layers.add(layer(update)));
    return List.copyOf(layers);
  }

  private static int layer(WeightUpdate update) {
    OptionalInt layer = ModelAnalysis.place(update).layer();
    return layer.orElse(-1);
  }

  private static void table(Markup page, AnalysisReport report) {
    SectionFrame.openTable(
        page, "figures", "Weight", "Relative size", "Effective rank", "Largest value", "ΔM", "ΔD");
    for (ModelAnalysis model : report.models()) {
      for (WeightUpdate update : model.updates()) {
        double[] values = update.spectrum().values();
        page.open("tr");
        SectionFrame.rowHead(page, update.module().path(), model.name());
        SectionFrame.number(page, NumberText.percent(update.relativeNorm()));
        SectionFrame.number(page, Means.rank(update.spectrum().effectiveRank()));
        SectionFrame.number(page, NumberText.plain(values.length == 0 ? 0 : values[0]));
        SectionFrame.number(page, NumberText.plain(update.rows().magnitude()));
        SectionFrame.number(page, NumberText.plain(update.rows().direction()));
        page.close().line();
      }
    }
    SectionFrame.closeTable(page);
  }
}
