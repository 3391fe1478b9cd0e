package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.io.Serializable;
import java.util.List;

/**
 * An adapter as plain data, so that a model that holds it can travel.
 *
 * @param baseSha256 hash of the base that it was trained on
 * @param labels names of the classes in class order; none of an adapter of a decoder
 * @param spec what was trained beside the base
 * @param parameters the trained numbers as {@link FloatBytes}
 */
record TrainedAdapter(String baseSha256, List<String> labels, AdapterSpec spec, byte[] parameters)
    implements Serializable {

  TrainedAdapter {
    labels = List.copyOf(labels);
  }

  /** The plain data of {@code adapter}. */
  static TrainedAdapter of(String baseSha256, Adapter adapter) {
    AdapterPlan plan = adapter.plan();
    return new TrainedAdapter(
        baseSha256, plan.base().labels(), plan.spec(), FloatBytes.of(adapter.values()));
  }

  /** The adapter on its base again. */
  Adapter on(ModelConfig base) {
    ModelConfig config = labels.isEmpty() ? base : base.forClassification(labels);
    AdapterPlan plan = AdapterPlan.of(config, spec, Strictness.AS_PEFT);
    return new Adapter(plan, FloatBytes.toFloats(parameters));
  }

  /** SHA-256 of the trained numbers. */
  String sha256() {
    return Sha256.ofBytes(parameters);
  }
}
