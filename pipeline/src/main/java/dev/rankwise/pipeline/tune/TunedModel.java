package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.TrainingResult;

/**
 * A model that was tuned.
 *
 * @param adapter the trained adapter
 * @param source how executors open it
 * @param initial what the adapter's numbers began as, (parameters)
 * @param training what the training loop reached
 * @param allocation what became of its ranks, where the method moves them
 * @param fingerprint everything that the adapter's bytes depend on
 */
public record TunedModel(
    Adapter adapter,
    AdaptedModel source,
    float[] initial,
    TrainingResult training,
    AllocationRecord allocation,
    RunFingerprint fingerprint) {

  public TunedModel {
    initial = initial.clone();
  }

  @Override
  public float[] initial() {
    return initial.clone();
  }
}
