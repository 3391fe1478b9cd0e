package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.Trainer;
import dev.rankwise.pipeline.train.TrainingResult;
import java.time.Clock;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Tunes a classifier.
 *
 * <pre>
 * prepared data ──▶ examples, labels          base + adapter's settings ──▶ layout, first θ
 *                        └──────────────┬──────────────┘
 *                                   Trainer ──▶ trained θ ──▶ Adapter
 * </pre>
 *
 * @param spark the session whose executors compute
 * @param executors what its executors said of themselves: all compute the same bits
 * @param settings what is tuned and how
 */
public record ClassifierTuning(
    SparkSession spark, List<ExecutorState> executors, TuningSettings settings) {

  /**
   * Tunes on the training split. Its examples may serve several models, so they are handed in.
   *
   * @param manifest the card of the prepared data
   * @param examples the training split of these data, by {@link PreparedExamples}
   * @param listener hears of every step
   * @param clock measures; it has no influence on the result
   */
  public TunedClassifier tune(
      DataManifest manifest, ExampleSet examples, StepListener listener, Clock clock) {
    requireSameBase(manifest);
    BaseDirectory base = SparkBases.source().resolve(settings.base());
    ModelConfig config = ModelConfig.read(base.config()).forClassification(manifest.labels());
    AdapterPlan plan = AdapterPlan.of(config, settings.adapter());
    float[] initial = initial(base, config, plan);
    AdaptedClassifier source = source(manifest.labels());
    RunFingerprint fingerprint = fingerprint(manifest, config, plan);
    Trainer trainer =
        new Trainer(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            settings.training(),
            source,
            settings.parameterGroups(plan),
            listener,
            clock);
    TrainingResult result = trainer.train(fingerprint.sha256(), examples, initial);
    Adapter adapter = new Adapter(plan, result.parameters());
    return new TunedClassifier(adapter, source, result, fingerprint);
  }

  private AdaptedClassifier source(List<String> labels) {
    return new AdaptedClassifier(
        settings.base(),
        labels,
        settings.adapter(),
        settings.replica(),
        executors.get(0).numerics());
  }

  private float[] initial(BaseDirectory base, ModelConfig config, AdapterPlan plan) {
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights weights = BaseWeights.of(file, ModuleTree.of(config));
      plan.requireTrained(weights);
      return InitialParameters.draw(settings.training().plan().seed(), plan, weights);
    }
  }

  private RunFingerprint fingerprint(DataManifest manifest, ModelConfig config, AdapterPlan plan) {
    ExecutorState executor = executors.get(0);
    TreeMap<String, String> libraries = new TreeMap<>();
    libraries.put("libtorch", executor.libtorch());
    libraries.put("rankwise", LibraryVersion.RANKWISE);
    return new RunFingerprint(
        settings.base().sha256(),
        Replica.programSha256(config, plan.attachment(), settings.replica()),
        manifest.tokenizerSha256(),
        manifest.contentSha256(),
        new TreeMap<>(settings.decisive()),
        executor.numerics(),
        libraries,
        settings.replica().threads());
  }

  private void requireSameBase(DataManifest manifest) {
    if (!manifest.baseSha256().equals(settings.base().sha256())) {
      throw new DataException(
          ("Cannot tune base %s (SHA-256 %s) on data that were prepared for a base with SHA-256 %s;"
                  + " prepare the data again for this base")
              .formatted(settings.base().uri(), settings.base().sha256(), manifest.baseSha256()));
    }
  }
}
