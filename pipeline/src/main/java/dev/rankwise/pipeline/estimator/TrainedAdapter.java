package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.kept.KeptOnly;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.tune.TunedModel;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * An adapter as plain data, so that a model that holds it can travel.
 *
 * @param baseSha256 hash of the base that it was trained on
 * @param labels names of the classes in class order; none for a decoder
 * @param spec what was trained beside the base
 * @param parameters the trained numbers as {@link FloatBytes}
 * @param held how the base was held while it was trained
 * @param pictures how it wants its pictures, if a decoder sees by it; at most one
 */
record TrainedAdapter(
    String baseSha256,
    List<String> labels,
    AdapterSpec spec,
    byte[] parameters,
    BaseHolding held,
    List<PicturePreparation> pictures)
    implements Serializable {

  TrainedAdapter {
    labels = List.copyOf(labels);
    pictures = List.copyOf(pictures);
  }

  /** The plain data of {@code adapter}, which reads texts alone. */
  static TrainedAdapter of(String baseSha256, Adapter adapter, BaseHolding held) {
    AdapterPlan plan = adapter.plan();
    return new TrainedAdapter(
        baseSha256,
        plan.base().labels(),
        plan.spec(),
        FloatBytes.of(adapter.values()),
        held,
        List.of());
  }

  /** The plain data of what a run trained. */
  static TrainedAdapter of(TunedModel tuned) {
    AdaptedModel source = tuned.source();
    ReplicaSettings settings = source.settings();
    return of(
        source.base().sha256(),
        tuned.adapter(),
        new BaseHolding(settings.form(), settings.baseType()));
  }

  /** The same with how it wants its pictures. */
  TrainedAdapter seeing(List<PicturePreparation> preparation) {
    return new TrainedAdapter(baseSha256, labels, spec, parameters, held, preparation);
  }

  /** Nothing beside a whole model. */
  static TrainedAdapter nothingBeside(BaseDirectory model) {
    List<String> labels = ModelConfig.read(model.config()).labels();
    return new TrainedAdapter(
        model.sha256(), labels, KeptOnly.nothing(), new byte[0], BaseHolding.usual(), List.of());
  }

  /** Whether this is the nothing beside a whole model. */
  boolean isNothing() {
    return parameters.length == 0;
  }

  /** The adapter on its base again. */
  Adapter on(ModelConfig base) {
    ModelConfig config = labels.isEmpty() ? base : base.forClassification(labels);
    AdapterPlan plan = AdapterPlan.of(config, spec, Strictness.AS_PEFT);
    return new Adapter(plan, FloatBytes.toFloats(parameters));
  }

  /** Names the trained numbers to executors. */
  ParameterVersion version() {
    return new ParameterVersion(Sha256.ofBytes(parameters), 0);
  }

  /** The trained numbers, once on each executor that asks for them. */
  Broadcast<byte[]> broadcast(SparkContext spark) {
    // Spark frees it on all executors once nothing on the driver refers to it.
    return JavaSparkContext.fromSparkContext(spark).broadcast(parameters);
  }

  /**
   * The base, as executors are to find it: with the bytes that the adapter was trained on.
   *
   * @param name name of the base
   * @param found what lies there
   */
  BaseReference reference(String name, BaseDirectory found) {
    return new BaseReference(BaseReference.to(name, found).uri(), baseSha256);
  }
}
