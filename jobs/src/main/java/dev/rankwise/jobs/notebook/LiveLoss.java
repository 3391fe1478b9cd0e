package dev.rankwise.jobs.notebook;

import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.page.PieceFrame;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws the loss of a training while it goes on. Each drawing takes the place of the one before.
 *
 * <p>A notebook keeps all that a paragraph wrote and cuts it where it is too long, Zeppelin after
 * 100 kB. So a training of any length is drawn at most {@value #DRAWINGS} times, each time from at
 * most {@value #POINTS} points.
 */
final class LiveLoss implements StepListener {
  /** Drawings of a training, the last of which shows all of it. */
  static final int DRAWINGS = 16;

  /** Points of a drawing; of a longer training each is the mean of neighbours. */
  static final int POINTS = 60;

  private static final int LEVEL_MARKS = 5;

  private final DisplayStream display;
  private final List<StepMetrics> steps = new ArrayList<>();
  private int before;

  LiveLoss(DisplayStream display) {
    this.display = display;
  }

  @Override
  public void beginning(int done, int planned) {
    steps.clear();
    before = done;
    show(() -> display.beginHtml(PieceFrame.beginning()));
  }

  @Override
  public void stepEnded(StepMetrics metrics) {
    steps.add(metrics);
    if (isDrawn(metrics)) {
      show(() -> display.html(PieceFrame.frame(this::draw)));
    }
  }

  /** At the first step, the last, and between them at equal distances. */
  private boolean isDrawn(StepMetrics step) {
    int planned = step.steps() - before;
    int done = step.step() - before;
    // One is left for the last step, which need not lie at such a distance.
    int apart = planned <= DRAWINGS ? 1 : (planned + DRAWINGS - 2) / (DRAWINGS - 1);
    return done == planned || (done - 1) % apart == 0;
  }

  private void draw(Markup piece) {
    StepMetrics last = steps.get(steps.size() - 1);
    String reading =
        "Step %s of %s: loss %s, %s tokens a second."
            .formatted(
                NumberText.count(last.step()),
                NumberText.count(last.steps()),
                NumberText.plain(last.loss()),
                NumberText.count(Math.round(last.tokensPerSecond())));
    new Plot("Loss", reading, "step", "loss, nats")
        .line(losses())
        .draw(piece, Axis.whole(before, last.steps(), LEVEL_MARKS));
  }

  private Series losses() {
    int width = (steps.size() + POINTS - 1) / POINTS;
    int points = (steps.size() + width - 1) / width;
    double[] x = new double[points];
    double[] y = new double[points];
    for (int point = 0; point < points; point++) {
      List<StepMetrics> of =
          steps.subList(point * width, Math.min(steps.size(), (point + 1) * width));
      x[point] = of.get(of.size() - 1).step();
      y[point] = of.stream().mapToDouble(StepMetrics::loss).average().orElse(Double.NaN);
    }
    return new Series("loss", Ink.MAIN, x, y);
  }

  /** Something that is shown. */
  @FunctionalInterface
  private interface Showing {
    void show() throws IOException;
  }

  private static void show(Showing showing) {
    try {
      showing.show();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
