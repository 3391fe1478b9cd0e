package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.chart.ShareMap;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.train.RouterFigures;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What the routers of a mixture of experts did. */
final class RouterPart {
  /** Steps at the end of a run whose loads are shown. */
  private static final int LAST = 20;

  private RouterPart() {}

  /** Curves over the steps; nothing where no step has routers. */
  static void curves(Markup page, List<StepMetrics> steps, Axis axis) {
    List<StepMetrics> routed = steps.stream().filter(step -> step.routers().isPresent()).toList();
    if (routed.isEmpty()) {
      return;
    }
    new Plot(
            "Balance of experts",
            "1 where every expert gets as many tokens as any other; it rises towards the number of"
                + " experts as all tokens go to one. Where tasks have groups: how unlike the loads of"
                + " experts are once each row's own group counts more; at 0 they are as wished.",
            "step",
            "balance")
        .line(series(routed, RouterFigures::balance))
        .draw(page, axis);
    new Plot(
            "Entropy of routers",
            "How undecided routers are between experts; at 0 each token has one expert for sure.",
            "step",
            "entropy, nats")
        .line(series(routed, RouterFigures::entropy))
        .draw(page, axis);
  }

  private static Series series(List<StepMetrics> steps, ToDoubleFunction<RouterFigures> value) {
    return new Series(
        "each step",
        Ink.MAIN,
        steps.stream().mapToDouble(StepMetrics::step).toArray(),
        steps.stream().mapToDouble(step -> value.applyAsDouble(step.routers().get())).toArray());
  }

  /** The load of each expert by router, over the last steps. */
  static void loads(Markup page, List<StepMetrics> steps, List<String> routers) {
    List<RouterFigures> last =
        steps.subList(Math.max(0, steps.size() - LAST), steps.size()).stream()
            .flatMap(step -> step.routers().stream())
            .toList();
    if (last.isEmpty()) {
      return;
    }
    List<List<Double>> loads = means(last);
    int experts = loads.stream().mapToInt(List::size).max().orElseThrow();
    List<String> columns = new ArrayList<>();
    for (int expert = 0; expert < experts; expert++) {
      columns.add(Integer.toString(expert));
    }
    SectionFrame.part(
        page,
        "Which expert does how much",
        "Each line is one router, from the first layer down, each column one expert; a cell is the"
            + " share of the router's choices that fell on it, over the last "
            + NumberText.count(last.size())
            + " steps. Even load would be "
            + even(loads)
            + ".");
    new ShareMap("Load of experts by router", routers, columns, loads, Math.min(1, 3.0 / experts))
        .draw(page);
  }

  /** Layers may have unlike numbers of experts. */
  private static String even(List<List<Double>> loads) {
    List<Integer> numbers = loads.stream().map(List::size).distinct().sorted().toList();
    return numbers.size() == 1
        ? NumberText.percent(1.0 / numbers.get(0)) + " everywhere"
        : numbers.stream()
            .map(number -> NumberText.percent(1.0 / number) + " of " + number + " experts")
            .collect(Collectors.joining(", "));
  }

  private static List<List<Double>> means(List<RouterFigures> figures) {
    List<List<Double>> means = new ArrayList<>();
    for (int router = 0; router < figures.get(0).loads().size(); router++) {
      List<Double> mean = new ArrayList<>();
      for (int expert = 0; expert < figures.get(0).loads().get(router).size(); expert++) {
        double sum = 0;
        for (RouterFigures step : figures) {
          sum += step.loads().get(router).get(expert);
        }
        mean.add(sum / figures.size());
      }
      means.add(mean);
    }
    return means;
  }
}
