package dev.rankwise.jobs.notebook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The losses of several runs over their steps, in one plot. */
final class LossCurves {
  /** As many lines as readers can tell apart without colours. */
  static final List<Ink> INKS =
      List.of(Ink.MAIN, Ink.SECOND, Ink.THIRD, Ink.FOURTH, Ink.FIFTH, Ink.LETTERS);

  private static final int LEVEL_MARKS = 5;
  // Steps of a run to one step of the smoothing's span, and the widest span.
  private static final int STEPS_A_SPAN = 10;
  private static final int WIDEST_SPAN = 200;

  private LossCurves() {}

  /**
   * Draws them.
   *
   * @param runs the text of {@code metrics.jsonl} of each run, by its name
   * @throws UserInputException if there are none, or more than {@link #INKS}
   */
  static void draw(Map<String, String> runs, Markup into) {
    if (runs.isEmpty() || runs.size() > INKS.size()) {
      throw new UserInputException(
          "Cannot draw %s runs in one plot (it has from 1 to %s); name some of them"
              .formatted(runs.size(), INKS.size()));
    }
    Plot plot =
        new Plot(
            "Loss of each run",
            "How surprised each model is by the right answers to its training rows, smoothed; lower"
                + " is better.",
            "step",
            "loss, nats");
    int last = 1;
    int line = 0;
    for (Map.Entry<String, String> run : runs.entrySet()) {
      Series losses = losses(run.getKey(), INKS.get(line++), run.getValue());
      double[] steps = losses.x();
      last = Math.max(last, (int) steps[steps.length - 1]);
      plot.line(losses);
    }
    plot.draw(into, Axis.whole(0, last, LEVEL_MARKS));
  }

  private static Series losses(String name, Ink ink, String metrics) {
    List<double[]> points = new ArrayList<>();
    for (String line : metrics.lines().toList()) {
      ObjectNode step =
          StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), "line of metrics.jsonl");
      // A loss that was not finite stands there as null.
      points.add(
          new double[] {step.path("step").asDouble(), step.path("loss").asDouble(Double.NaN)});
    }
    if (points.isEmpty()) {
      throw new UserInputException(
          "Run \"%s\" has done no step, so there is no loss to draw; leave it out".formatted(name));
    }
    int span = Math.max(1, Math.min(WIDEST_SPAN, points.size() / STEPS_A_SPAN));
    return new Series(
            name,
            ink,
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray())
        .smoothed(name, ink, span);
  }
}
