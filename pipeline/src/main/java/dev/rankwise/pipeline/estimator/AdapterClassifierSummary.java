package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.pipeline.plan.RunFingerprint;
import java.util.List;

/**
 * How a model was trained. It lives as long as the model in memory and is not saved.
 *
 * @param losses mean loss of each step before its update, in nats
 * @param rows what became of the rows
 * @param fingerprint everything that the adapter's bytes depend on
 * @param tokensPerSecond tokens computed a second over all steps
 */
public record AdapterClassifierSummary(
    List<Double> losses, Funnel rows, RunFingerprint fingerprint, double tokensPerSecond) {

  public AdapterClassifierSummary {
    losses = List.copyOf(losses);
  }

  /** Number of steps. */
  public int steps() {
    return losses.size();
  }
}
