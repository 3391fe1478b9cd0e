package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The curves of a run over its steps. */
final class TrainingSection {
  private static final int LEVEL_MARKS = 5;
  private static final int LISTED = 20;
  // Steps of the run to one step of the smoothing's span, and the widest span.
  private static final int STEPS_A_SPAN = 20;
  private static final int WIDEST_SPAN = 200;

  private TrainingSection() {}

  static void write(Markup page, RunReport report) {
    List<StepMetrics> steps = report.steps();
    SectionFrame.open(
        page,
        "training",
        "How training went",
        "Each curve runs from the first step (left) to the last (right); a step is one small"
            + " correction of the adapter, computed from a batch of training rows.");
    if (steps.isEmpty()) {
      page.element("p", "No step was done", "class", "note").close().line();
      return;
    }
    Axis axis = Axis.whole(firstMark(steps), steps.get(steps.size() - 1).step(), LEVEL_MARKS);
    int span = Math.max(1, Math.min(WIDEST_SPAN, steps.size() / STEPS_A_SPAN));
    curves(page, report, axis, span);
    if (!report.allocation().decisions().isEmpty()) {
      RankPart.modules(page, report.allocation().decisions());
    }
    skipped(page, steps);
    RouterPart.loads(page, steps, report.adapter().routers());
    TaskPart.experts(page, report);
    table(page, steps, smoothed(steps, span, StepMetrics::loss));
    page.close().line();
  }

  private static void curves(Markup page, RunReport report, Axis axis, int span) {
    List<StepMetrics> steps = report.steps();
    page.open("div", "class", "plots").line();
    curve(
        page,
        steps,
        axis,
        span,
        new Plot(
            "Loss",
            "How surprised the model is by the right answers to its training rows: lower is better,"
                + " 0 is certain.",
            "step",
            "loss, nats"),
        StepMetrics::loss);
    if (!report.heldOut().isEmpty()) {
      heldOut(page, report.heldOut(), axis);
    }
    if (!report.allocation().decisions().isEmpty()) {
      RankPart.budget(page, report.allocation().decisions(), axis);
      RankPart.term(page, report.allocation().terms(), axis);
    }
    curve(
        page,
        steps,
        axis,
        1,
        new Plot(
            "Learning rate",
            "How large a correction each step may make, as the recipe's schedule says.",
            "step",
            "learning rate"),
        StepMetrics::learningRate);
    curve(
        page,
        steps,
        axis,
        span,
        new Plot(
            "Gradient norm",
            "How strongly the rows of a step pull at the adapter; a single peak is a batch of odd"
                + " rows, a lasting rise is trouble.",
            "step",
            "norm before clipping"),
        StepMetrics::gradientNorm);
    curve(
        page,
        steps,
        axis,
        span,
        new Plot(
            "Speed",
            "Tokens (pieces of words) that went through the model each second; higher is faster.",
            "step",
            "tokens a second"),
        StepMetrics::tokensPerSecond);
    RouterPart.curves(page, steps, axis);
    page.close().line();
  }

  private static void heldOut(Markup page, List<HeldOutLoss> measured, Axis axis) {
    new Plot(
            "Loss on held-out rows",
            "How surprised the model is by rows that it was not trained on; the model of the lowest"
                + " point is the one that the run gives.",
            "step",
            "loss, nats")
        .line(
            new Series(
                "held-out rows",
                Ink.MAIN,
                measured.stream().mapToDouble(HeldOutLoss::step).toArray(),
                measured.stream().mapToDouble(HeldOutLoss::loss).toArray()))
        .draw(page, axis);
  }

  // From 0 where the run is long, so that the marks are round.
  private static long firstMark(List<StepMetrics> steps) {
    int first = steps.get(0).step();
    return first == 1 && steps.size() > 1 ? 0 : first;
  }

  private static void curve(
      Markup page,
      List<StepMetrics> steps,
      Axis axis,
      int span,
      Plot plot,
      ToDoubleFunction<StepMetrics> value) {
    if (span > 1) {
      plot.line(series(steps, "each step", Ink.COMPARED, value)).line(smoothed(steps, span, value));
    } else {
      plot.line(series(steps, "each step", Ink.MAIN, value));
    }
    plot.draw(page, axis);
  }

  private static Series smoothed(
      List<StepMetrics> steps, int span, ToDoubleFunction<StepMetrics> value) {
    return series(steps, "each step", Ink.COMPARED, value)
        .smoothed("mean of about " + span + " steps", Ink.MAIN, span);
  }

  private static Series series(
      List<StepMetrics> steps, String name, Ink ink, ToDoubleFunction<StepMetrics> value) {
    return new Series(
        name,
        ink,
        steps.stream().mapToDouble(StepMetrics::step).toArray(),
        steps.stream().mapToDouble(value).toArray());
  }

  private static void skipped(Markup page, List<StepMetrics> steps) {
    long skipped = steps.stream().filter(step -> !step.updated()).count();
    if (skipped > 0) {
      page.element(
              "p",
              "In "
                  + NumberText.count(skipped)
                  + " of "
                  + NumberText.count(steps.size())
                  + " steps the gradient was not used, because it was not finite",
              "class",
              "note")
          .line();
    }
  }

  private static void table(Markup page, List<StepMetrics> steps, Series smoothed) {
    page.open("details").element("summary", "The curves as numbers").line();
    SectionFrame.openTable(
        page, "figures", "Step", "Loss", "Smoothed", "Learning rate", "Norm", "Tokens/s", "Time");
    double[] smooth = smoothed.y();
    int rows = Math.min(LISTED, steps.size());
    for (int row = 0; row < rows; row++) {
      int place = rows == 1 ? 0 : (int) Math.round((double) row * (steps.size() - 1) / (rows - 1));
      StepMetrics step = steps.get(place);
      page.open("tr").element("th", NumberText.count(step.step()), "scope", "row");
      SectionFrame.number(page, NumberText.plain(step.loss()));
      SectionFrame.number(page, NumberText.plain(smooth[place]));
      SectionFrame.number(page, NumberText.plain(step.learningRate()));
      SectionFrame.number(page, NumberText.plain(step.gradientNorm()));
      SectionFrame.number(page, NumberText.count(Math.round(step.tokensPerSecond())));
      SectionFrame.number(page, NumberText.duration(step.times().step()));
      page.close().line();
    }
    SectionFrame.closeTable(page);
    page.element("p", "Every step stands in metrics.jsonl beside this page.", "class", "note");
    page.close().line();
  }
}
