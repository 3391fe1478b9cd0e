package dev.rankwise.pipeline.train;

/** Adds up what the steps of a run tell. */
final class RunTotals {
  private final long startedMicros;
  private int steps;
  private double lossFirst = Double.NaN;
  private double lossLast = Double.NaN;
  private long tokens;

  RunTotals(long startedMicros) {
    this.startedMicros = startedMicros;
  }

  void add(StepMetrics metrics) {
    if (steps == 0) {
      lossFirst = metrics.loss();
    }
    lossLast = metrics.loss();
    tokens += metrics.tokens();
    steps = metrics.step();
  }

  TrainingResult result(float[] theta, Selection selection, long endedMicros) {
    float[] chosen = selection.chosen(steps, theta);
    double seconds = (endedMicros - startedMicros) / 1e6;
    return new TrainingResult(
        chosen, steps, lossFirst, lossLast, tokens, seconds, selection.measured());
  }
}
