package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GradientPass.Denominators;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.MemoryWatch;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A replica as the engine sees it. */
final class ReplicaModel implements ResidentModel {
  private final Replica replica;
  private final Optional<Teacher> teacher;

  ReplicaModel(Replica replica) {
    this(replica, Optional.empty());
  }

  private ReplicaModel(Replica replica, Optional<Teacher> teacher) {
    this.replica = replica;
    this.teacher = teacher;
  }

  /** Opens the model on this host, which must have the base's files or be able to fetch them. */
  static ReplicaModel open(AdaptedModel source) {
    return new ReplicaModel(replica(source));
  }

  /** The same beside a teacher, which this host must be able to reach too. */
  static ReplicaModel open(AdaptedModel source, BaseReference teacher) {
    Replica replica = replica(source);
    try {
      int blocks = replica.config().vision().map(VisionEmbedding::distilled).orElse(0);
      return new ReplicaModel(
          replica, Optional.of(Teacher.open(teacher, blocks, source.settings())));
    } catch (RuntimeException e) {
      replica.close();
      throw e;
    }
  }

  private static Replica replica(AdaptedModel source) {
    requireNumerics(source.settings(), source.numerics());
    Path cache = BaseCache.defaultRoot();
    BaseDirectory directory = SparkBases.source().resolve(source.base());
    ModelConfig config = source.configured(ModelConfig.read(directory.config()));
    // Whoever made the source has judged its configuration; PEFT's may name what is not there.
    AdapterPlan plan = AdapterPlan.of(config, source.adapter(), Strictness.AS_PEFT);
    return Replica.open(directory, plan.base(), plan.attachment(), source.settings(), cache);
  }

  private static void requireNumerics(ReplicaSettings settings, RequiredBits required) {
    if (required.areAny()) {
      return;
    }
    NumericsProbe here = NumericsProbe.ofThisJvm(settings.threads());
    if (!here.sha256().equals(required.sha256())) {
      throw new ClusterException(
          ("An executor that joined the run (%s) computes fixed kernels to other bits than those it"
                  + " began with (%s): %s here, %s there; use hosts of one kind, or pin all to their"
                  + " common level with spark.executorEnv.ATEN_CPU_CAPABILITY, ONEDNN_MAX_CPU_ISA and"
                  + " MKL_CBWR")
              .formatted(
                  ExecutorProbe.described(here.processor(), System.getenv()),
                  required.processor(),
                  here.sha256(),
                  required.sha256()));
    }
    // An executor that joined after the run's beginning was not asked then.
    MemoryWatch.ofThisJvm().start();
  }

  @Override
  public LoadedParameters load(float[] theta) {
    return new Loaded(replica, replica.parameters(theta), teacher);
  }

  @Override
  public List<Replica.Frozen> frozen() {
    return Stream.concat(Stream.of(replica.frozen()), teacher.stream().map(Teacher::frozen))
        .toList();
  }

  @Override
  public void close() {
    teacher.ifPresent(Teacher::close);
    replica.close();
  }

  /** The replica with one vector of parameters, beside its teacher. */
  private record Loaded(Replica replica, Parameters parameters, Optional<Teacher> teacher)
      implements LoadedParameters {

    private TokenBatch taught(TokenBatch batch) {
      return teacher.map(it -> it.taught(batch)).orElse(batch);
    }

    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      try (GradientPass pass = replica.gradientPass(parameters)) {
        microBatches.forEach(batch -> pass.add(taught(batch), denominator));
        return pass.finish();
      }
    }

    @Override
    public GroupSum gradient(
        List<TokenBatch> microBatches, Denominators denominators, DropoutKey first) {
      try (GradientPass pass = replica.gradientPass(parameters)) {
        for (int i = 0; i < microBatches.size(); i++) {
          pass.add(taught(microBatches.get(i)), denominators, first.plus(i));
        }
        return pass.finish();
      }
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      return replica.logits(parameters, taught(batch));
    }

    @Override
    public TargetScores targetScores(TokenBatch batch) {
      return replica.targetScores(parameters, taught(batch));
    }

    @Override
    public Generator generator(Tokenizer tokenizer, int task) {
      return new Generator(
          prompts -> replica.decodingPassAfter(parameters, prompts, task),
          replica.config(),
          Optional.of(tokenizer));
    }

    @Override
    public void close() {
      parameters.close();
    }
  }
}
