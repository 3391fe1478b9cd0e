package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.tune.FrameTuning;
import java.util.List;

/**
 * How a model was trained. It lives as long as the model in memory and is not saved.
 *
 * @param losses mean loss of each step before its update, in nats
 * @param rows what became of the rows
 * @param fingerprint everything that the adapter's bytes depend on
 * @param tokensPerSecond tokens computed a second over all steps
 */
public record AdapterSummary(
    List<Double> losses, Funnel rows, RunFingerprint fingerprint, double tokensPerSecond) {

  public AdapterSummary {
    losses = List.copyOf(losses);
  }

  /** That of a model that was tuned on the rows of a DataFrame. */
  static AdapterSummary of(FrameTuning.Tuned tuned) {
    return new AdapterSummary(
        tuned.losses(),
        tuned.manifest().funnel(),
        tuned.model().fingerprint(),
        tuned.model().training().tokensPerSecond());
  }

  /** Number of steps. */
  public int steps() {
    return losses.size();
  }
}
