package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.kept.KeptOnly;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.model.AdaptedModel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A tuned model and what it is compared with.
 *
 * <table>
 * <caption>Names of the figures</caption>
 * <tr><th>tuned</th><th>first</th><th>last</th></tr>
 * <tr><td>adapter</td><td>{@value #ADAPTER_OFF}: the base as it is, kept modules and biases at its
 * own values; with the trained values of a classifier's head and of what the base lacks</td><td>{@value #AFTER}</td></tr>
 * <tr><td>whole decoder</td><td>{@value #BEFORE}: the base that it was tuned from, where that is
 * known</td><td>{@value #AFTER}</td></tr>
 * <tr><td>whole classifier</td><td>none: its base has no head for these classes</td><td>{@value
 * #AFTER}</td></tr>
 * </table>
 *
 * @param config the tuned model's configuration, with what stands on top of it
 * @param mixture how the tuned one routes experts, if it does
 * @param models the models by the name of their figures, the tuned one last
 */
record ComparedModels(ModelConfig config, ExpertMixture mixture, Map<String, Voice> models) {

  /**
   * Not {@value #BEFORE}, which in a classifier's run is the frozen base with a head of its own.
   */
  static final String ADAPTER_OFF = "adapter_off";

  /** The same as in a run's {@code evaluation.json}, and so is the next. */
  static final String BEFORE = "before";

  static final String AFTER = "after";

  /**
   * A model with its trained numbers.
   *
   * @param source where executors find it
   * @param theta the numbers; none of a whole model
   */
  record Voice(AdaptedModel source, float[] theta) {}

  /**
   * The models that a stored one is measured beside.
   *
   * @param session its base is what the model was tuned from, where that is known
   */
  static ComparedModels of(StoredModel stored, RunSession session, ReplicaSettings settings) {
    return stored.adapter().isPresent()
        ? ofAdapter(stored, session, settings)
        : ofModel(stored, session, settings);
  }

  private static ComparedModels ofAdapter(
      StoredModel stored, RunSession session, ReplicaSettings settings) {
    Adapter adapter =
        PeftDirectory.read(stored.adapterFolder(), session.config(), session.reference().sha256());
    adapter.requireCopiesOf(session.base());
    ModelConfig config = adapter.plan().base();
    AdaptedModel source = source(session.reference(), config, adapter.plan().spec(), settings);
    Map<String, Voice> models = new LinkedHashMap<>();
    models.put(ADAPTER_OFF, new Voice(source, withoutUpdates(adapter, session.base(), settings)));
    models.put(AFTER, new Voice(source, adapter.values()));
    return new ComparedModels(config, adapter.plan().spec().mixture(), models);
  }

  private static ComparedModels ofModel(
      StoredModel stored, RunSession session, ReplicaSettings settings) {
    BaseDirectory found = SparkBases.source().resolve(stored.base());
    ModelConfig config = ModelConfig.read(found.config());
    AdapterSpec nothing = KeptOnly.nothing();
    Map<String, Voice> models = new LinkedHashMap<>();
    if (stored.untuned().isPresent() && config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL) {
      models.put(
          BEFORE,
          new Voice(
              source(session.reference(), session.config(), nothing, settings), new float[0]));
    }
    BaseReference reference = BaseReference.to(stored.base(), found);
    models.put(AFTER, new Voice(source(reference, config, nothing, settings), new float[0]));
    return new ComparedModels(config, ExpertMixture.usual(), models);
  }

  private static AdaptedModel source(
      BaseReference base, ModelConfig config, AdapterSpec spec, ReplicaSettings settings) {
    return config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL
        ? new AdaptedDecoder(base, spec, settings)
        : new AdaptedClassifier(base, config.labels(), spec, settings);
  }

  /**
   * A fresh adapter, which changes nothing, with this one's head and what else a base of its own
   * values has not.
   */
  private static float[] withoutUpdates(
      Adapter adapter, BaseDirectory base, ReplicaSettings settings) {
    AdapterPlan plan = adapter.plan();
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights weights =
          BaseWeights.of(file, plan.matched().tree())
              .in(settings.form(), settings.baseType().stored());
      float[] values = InitialParameters.draw(0, plan, weights);
      for (Parameter parameter : plan.layout().parameters()) {
        String name = parameter.tensor().name();
        boolean ofBase = weights.has(name) && !weights.isHead(name);
        if (parameter.role() == Parameter.Role.KEPT && !ofBase) {
          adapter.read(parameter, 0, values, parameter.offset(), parameter.tensor().size());
        }
      }
      return values;
    }
  }
}
