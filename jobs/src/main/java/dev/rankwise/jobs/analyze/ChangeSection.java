package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.VectorAxis;
import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/** How far weights grew and turned, and whether those that turned further also grew more. */
final class ChangeSection {
  /** Inks that tell the kinds of modules apart; kinds beyond them share the last. */
  private static final List<Ink> INKS =
      List.of(Ink.MAIN, Ink.LOST, Ink.SECOND, Ink.THIRD, Ink.FOURTH, Ink.FIFTH, Ink.COMPARED);

  private static final int MARKS = 5;

  private ChangeSection() {}

  static void write(Markup page, AnalysisReport report) {
    SectionFrame.open(
        page,
        "change",
        "Longer, or turned?",
        "A weight is a list of vectors, one for each output. Each dot is one weight at one moment of"
            + " training: to the right lie those whose vectors turned further (ΔD, the mean of 1 −"
            + " cosine), upwards those whose vectors changed their length more (ΔM). Dots along a"
            + " rising line mean that both went together; a falling line means one or the other.");
    page.open("div", "class", "plots").line();
    for (ModelAnalysis model : report.models()) {
      plot(page, model);
    }
    page.close().line();
    SectionFrame.part(
        page,
        "Do both go together?",
        "Pearson's correlation r of ΔD and ΔM: 1 is a rising line, −1 a falling one, 0 none. The DoRA"
            + " paper reports a negative one for full tuning and for DoRA and a positive one for LoRA,"
            + " of models and tasks far larger than most.");
    table(page, report);
    page.close().line();
  }

  private static void plot(Markup page, ModelAnalysis model) {
    OptionalDouble correlation = ModelAnalysis.correlation(model.points(), VectorAxis.ROWS);
    Plot plot =
        new Plot(
            model.name(),
            "%s; %s; r = %s.".formatted(model.method(), moments(model), written(correlation)),
            "change of direction ΔD",
            "change of length ΔM");
    double furthest = 0;
    int kind = 0;
    for (List<String> projections : kinds(model)) {
      List<ChangePoint> points = new ArrayList<>();
      projections.forEach(projection -> points.addAll(model.points(projection)));
      double[] x = points.stream().mapToDouble(point -> point.rows().direction()).toArray();
      double[] y = points.stream().mapToDouble(point -> point.rows().magnitude()).toArray();
      for (double value : x) {
        furthest = Math.max(furthest, value);
      }
      String name = projections.size() == 1 ? projections.get(0) : "others";
      plot.points(new Series(name, INKS.get(kind), x, y));
      kind++;
    }
    plot.draw(page, Axis.fromZero(furthest, MARKS));
  }

  /** The kinds of modules, each by itself as far as there are inks. */
  private static List<List<String>> kinds(ModelAnalysis model) {
    List<String> projections = List.copyOf(model.projections());
    List<List<String>> kinds = new ArrayList<>();
    int alone = projections.size() <= INKS.size() ? projections.size() : INKS.size() - 1;
    projections.subList(0, alone).forEach(projection -> kinds.add(List.of(projection)));
    if (alone < projections.size()) {
      kinds.add(projections.subList(alone, projections.size()));
    }
    return kinds;
  }

  private static String moments(ModelAnalysis model) {
    Set<String> moments = new LinkedHashSet<>();
    model.points().forEach(point -> moments.add(point.moment()));
    return CountText.of(moments.size(), "moment");
  }

  private static void table(Markup page, AnalysisReport report) {
    SectionFrame.openTable(
        page, "figures", "Model and kind", "Weights", "ΔM at the end", "ΔD at the end", "r");
    for (ModelAnalysis model : report.models()) {
      row(page, model.name(), Means.of(model.updates()), model.updates().size(), model.points());
      for (String projection : model.projections()) {
        row(
            page,
            "· " + projection,
            Means.of(model.updates(projection)),
            model.updates(projection).size(),
            model.points(projection));
      }
    }
    SectionFrame.closeTable(page);
    page.element(
            "p",
            NumberText.NONE
                + " stands where there are fewer than three dots, or where one of the two figures is the"
                + " same for all. With few dots r says little: keep more checkpoints"
                + " (output.checkpoints-kept) for more.",
            "class",
            "note")
        .line();
  }

  private static void row(
      Markup page, String name, Means means, int weights, List<ChangePoint> points) {
    page.open("tr");
    SectionFrame.rowHead(page, name);
    SectionFrame.number(page, NumberText.count(weights));
    SectionFrame.number(page, NumberText.plain(means.magnitude()));
    SectionFrame.number(page, NumberText.plain(means.direction()));
    SectionFrame.number(page, written(ModelAnalysis.correlation(points, VectorAxis.ROWS)));
    page.close().line();
  }

  private static String written(OptionalDouble correlation) {
    return correlation.isPresent()
        ? String.format(Locale.ROOT, "%+.2f", correlation.getAsDouble()).replace('-', '−')
        : NumberText.NONE;
  }
}
