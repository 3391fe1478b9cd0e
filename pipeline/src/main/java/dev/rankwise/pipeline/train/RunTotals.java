package dev.rankwise.pipeline.train;

/** Adds up what the steps of a run tell. */
final class RunTotals {
  private int steps;
  private double lossFirst = Double.NaN;
  private double lossLast = Double.NaN;
  private long tokens;
  private double seconds;

  void add(StepMetrics metrics) {
    if (steps == 0) {
      lossFirst = metrics.loss();
    }
    lossLast = metrics.loss();
    tokens += metrics.tokens();
    seconds += metrics.times().step();
    steps = metrics.step();
  }

  TrainingResult result(float[] theta, Selection selection) {
    float[] chosen = selection.chosen(steps, theta);
    return new TrainingResult(
        chosen, steps, lossFirst, lossLast, tokens, seconds, selection.measured());
  }
}
