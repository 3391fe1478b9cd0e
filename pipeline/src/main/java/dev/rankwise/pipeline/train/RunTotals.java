package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import java.util.BitSet;
import java.util.List;

/** Adds up what the steps of a run tell. */
final class RunTotals implements Resumable {
  private double lossFirst = Double.NaN;
  private double lossLast = Double.NaN;
  private long tokens;
  private double seconds;

  void add(StepMetrics metrics) {
    if (metrics.step() == 1) {
      lossFirst = metrics.loss();
    }
    lossLast = metrics.loss();
    tokens += metrics.tokens();
    seconds += metrics.times().step();
  }

  TrainingResult result(
      float[] chosen,
      int steps,
      int moves,
      BitSet untouched,
      List<HeldOutLoss> heldOut,
      List<Integer> quarantined) {
    return new TrainingResult(
        chosen,
        steps,
        moves,
        untouched,
        lossFirst,
        lossLast,
        tokens,
        seconds,
        heldOut,
        quarantined);
  }

  @Override
  public Snapshot state() {
    return Snapshot.empty()
        .with("loss-first", lossFirst)
        .with("loss-last", lossLast)
        .with("tokens", tokens)
        .with("seconds", seconds);
  }

  @Override
  public void restore(Snapshot state) {
    lossFirst = state.number("loss-first");
    lossLast = state.number("loss-last");
    tokens = state.wide("tokens");
    seconds = state.number("seconds");
  }
}
