package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.stack.StackedPlans;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.TrainingResult;
import java.util.Optional;

/**
 * A model that was tuned.
 *
 * @param adapter the trained adapter
 * @param stack the two adapters that it holds, where it was tuned above another one
 * @param source how executors open it
 * @param initial what the adapter's numbers began as, (parameters)
 * @param bare the numbers with which it computes what the base does, (parameters): those it began
 *     as, unless it began above another adapter
 * @param training what the training loop reached
 * @param allocation what became of its ranks, where the method moves them
 * @param checks what was compared after the run
 * @param fingerprint everything that the adapter's bytes depend on
 */
public record TunedModel(
    Adapter adapter,
    Optional<StackedPlans> stack,
    AdaptedModel source,
    float[] initial,
    float[] bare,
    TrainingResult training,
    AllocationRecord allocation,
    RunChecks checks,
    RunFingerprint fingerprint) {

  public TunedModel {
    boolean same = bare == initial;
    initial = initial.clone();
    bare = same ? initial : bare.clone();
  }

  @Override
  public float[] initial() {
    return initial.clone();
  }

  @Override
  public float[] bare() {
    return bare.clone();
  }

  /** How many numbers were trained: those of the adapter that were not to stand still. */
  public int trainedNumbers() {
    return adapter.plan().layout().size() - checks.trained().fixed();
  }
}
