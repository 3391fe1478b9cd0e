package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.adalora.LiveTriplets;
import dev.rankwise.adapters.pissa.PrincipalFactors;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.stack.StackedPlans;
import dev.rankwise.adapters.vora.TeacherStart;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.executor.FrozenBase;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.model.RequiredBits;
import dev.rankwise.pipeline.model.TaughtDecoder;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.train.Checkpoints;
import dev.rankwise.pipeline.train.Selection;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.Trainer;
import dev.rankwise.pipeline.train.TrainingResult;
import dev.rankwise.pipeline.train.TrainingRun;
import dev.rankwise.pipeline.train.UpdateHook;
import java.time.Clock;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Tunes an adapter: of a classifier on labelled examples, of a causal decoder on sequences.
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
public record AdapterTuning(
    SparkSession spark, List<ExecutorState> executors, TuningSettings settings) {

  /** Makes what looks at a run's parameters, once the run has a model and a name. */
  @FunctionalInterface
  public interface Selector {

    /** For a run of that model under that fingerprint. */
    Selection of(AdaptedModel source, RunFingerprint fingerprint);

    /** The parameters of the last step. */
    static Selector last() {
      return (source, fingerprint) -> Selection.last();
    }
  }

  /** Finds where a run leaves what it remembers, once the run has a name. */
  @FunctionalInterface
  public interface Checkpointing {

    /** For a run under that fingerprint. */
    Checkpoints of(RunFingerprint fingerprint);

    /** Nowhere. */
    static Checkpointing none() {
      return fingerprint -> Checkpoints.none();
    }
  }

  /** Tunes from the beginning, and leaves nothing if it is interrupted. */
  public TunedModel tune(
      DataManifest manifest,
      ExampleSet examples,
      StepListener listener,
      Selector selector,
      Clock clock) {
    return tune(manifest, examples, listener, selector, Checkpointing.none(), clock);
  }

  /**
   * Tunes on the training split. Its examples may serve several models, so they are handed in.
   *
   * @param manifest the card of the prepared data
   * @param examples the training split of these data, by {@link PreparedExamples}
   * @param listener hears of every step
   * @param selector says when the run ends early and which parameters it gives
   * @param checkpointing says where the run leaves what it remembers
   * @param clock measures; it has no influence on the result
   */
  public TunedModel tune(
      DataManifest manifest,
      ExampleSet examples,
      StepListener listener,
      Selector selector,
      Checkpointing checkpointing,
      Clock clock) {
    requireSameBase(manifest);
    BaseDirectory base = SparkBases.source().resolve(settings.base());
    ModelConfig config = configured(manifest, base);
    Optional<StackedPlans> stack =
        settings.frozen().map(first -> first.over(config, settings.adapter()));
    AdapterSpec trained = stack.map(it -> it.both().spec()).orElseGet(this::trainedAlone);
    AdaptedModel source = source(manifest, trained);
    AdapterPlan plan = AdapterPlan.of(config, planned(trained, examples));
    Start start = start(base, plan);
    float[] initial = start.parameters();
    RunFingerprint fingerprint = fingerprint(manifest, base, plan);
    Trainer trainer =
        new Trainer(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            settings.training(),
            source,
            settings.parameterGroups(plan),
            listener,
            clock);
    String run = fingerprint.sha256();
    Selection selection = selector.of(source, fingerprint);
    if (!movesRank()) {
      TrainingResult result =
          trainer.train(
              new TrainingRun(
                  run,
                  examples,
                  initial,
                  selection,
                  hook(plan, start),
                  checkpointing.of(fingerprint)));
      return withAllRanks(plan, stack, source, start, result, fingerprint);
    }
    RankAllocationHook hook = new RankAllocationHook(source, plan, settings.allocation());
    TrainingResult result =
        trainer.train(
            new TrainingRun(
                run,
                examples,
                initial,
                hook.afterTheLastDecision(selection),
                hook,
                checkpointing.of(fingerprint)));
    RunChecks checks =
        checks(
            plan,
            start,
            result,
            List.of(source, hook.narrowed()),
            hook.narrowedSpec().allocation().live());
    return narrowed(
        AdapterPlan.of(config, hook.narrowedSpec()), hook, start, result, checks, fingerprint);
  }

  /** The model of a run whose ranks stood still. */
  private TunedModel withAllRanks(
      AdapterPlan plan,
      Optional<StackedPlans> stack,
      AdaptedModel source,
      Start start,
      TrainingResult result,
      RunFingerprint fingerprint) {
    RunChecks checks = checks(plan, start, result, List.of(source), Map.of());
    if (source instanceof TaughtDecoder taught) {
      return seeingAlone(DroppedHeads.of(plan), taught, start, result, checks, fingerprint);
    }
    Adapter adapter = new Adapter(plan, result.parameters());
    return new TunedModel(
        adapter,
        stack,
        source,
        start.parameters(),
        start.bare(),
        result,
        AllocationRecord.NONE,
        checks,
        fingerprint);
  }

  /** The model of a run beside a teacher: what was compared with it has done its part. */
  private static TunedModel seeingAlone(
      DroppedHeads heads,
      TaughtDecoder taught,
      Start start,
      TrainingResult result,
      RunChecks checks,
      RunFingerprint fingerprint) {
    float[] first = heads.without(start.parameters());
    return new TunedModel(
        new Adapter(heads.left(), heads.without(result.parameters())),
        Optional.empty(),
        taught.student().withAdapter(heads.left().spec()),
        first,
        first,
        result,
        AllocationRecord.NONE,
        checks,
        fingerprint);
  }

  /**
   * The model of a run whose ranks were moved.
   *
   * @param left the plan of the ranks that are left
   */
  private static TunedModel narrowed(
      AdapterPlan left,
      RankAllocationHook hook,
      Start start,
      TrainingResult result,
      RunChecks checks,
      RunFingerprint fingerprint) {
    LiveTriplets live = hook.live();
    Adapter adapter = new Adapter(left, live.of(result.parameters()));
    float[] first = live.of(start.parameters());
    return new TunedModel(
        adapter,
        Optional.empty(),
        hook.narrowed(),
        first,
        first,
        result,
        hook.recorded(),
        checks,
        fingerprint);
  }

  private RunChecks checks(
      AdapterPlan plan,
      Start start,
      TrainingResult result,
      List<AdaptedModel> models,
      Map<String, List<Boolean>> live) {
    TrainedTensors trained =
        TrainedTensors.verified(plan, start.parameters(), result, start.still(), live);
    List<String> keys = models.stream().map(AdaptedModel::key).toList();
    return new RunChecks(
        trained,
        FrozenBase.verified(JavaSparkContext.fromSparkContext(spark.sparkContext()), keys));
  }

  /** What is trained: where principal factors are asked for, an adapter of twice the rank. */
  private AdapterSpec trainedAlone() {
    AdapterSpec asked = settings.adapter();
    return PrincipalFactors.areAskedOf(asked) ? PrincipalFactors.doubled(asked) : asked;
  }

  private boolean movesRank() {
    return settings.adapter().method().equals(new AdaLora().name());
  }

  /** What is asked of the adapter, with the number of steps that its ranks are moved in. */
  private AdapterSpec planned(AdapterSpec spec, ExampleSet examples) {
    if (!movesRank()) {
      return spec;
    }
    int steps = new StepPlan(examples.lengths(), settings.training().plan()).steps();
    return spec.withAllocation(settings.allocation().planned(spec.allocation(), steps));
  }

  private ModelConfig configured(DataManifest manifest, BaseDirectory base) {
    return source(manifest, settings.adapter()).configured(ModelConfig.read(base.config()));
  }

  private AdaptedModel source(DataManifest manifest, AdapterSpec trained) {
    BaseReference base = settings.base();
    ExecutorState first = executors.get(0);
    RequiredBits numerics = new RequiredBits(first.numerics(), first.processor());
    return switch (manifest.kind()) {
      case LABELLED ->
          new AdaptedClassifier(base, manifest.labels(), trained, settings.replica(), numerics);
      case SEQUENCES -> {
        AdaptedDecoder decoder = new AdaptedDecoder(base, trained, settings.replica(), numerics);
        yield settings
            .teacher()
            .<AdaptedModel>map(teacher -> new TaughtDecoder(decoder, teacher))
            .orElse(decoder);
      }
    };
  }

  /**
   * Where training starts, and what stays there.
   *
   * @param bare the parameters that compute what the base does
   */
  private record Start(float[] parameters, BitSet still, float[] bare) {}

  private static UpdateHook hook(AdapterPlan plan, Start start) {
    int distilled = plan.base().vision().map(VisionEmbedding::distilled).orElse(0);
    if (distilled > 0) {
      return new DistillationFigure(distilled);
    }
    return start.still().isEmpty()
        ? UpdateHook.none()
        : new StillParameters(start.still(), start.parameters());
  }

  private Start start(BaseDirectory base, AdapterPlan plan) {
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      ReplicaSettings replica = settings.replica();
      BaseWeights weights =
          BaseWeights.of(file, plan.matched().tree())
              .in(replica.form(), replica.baseType().stored());
      plan.requireTrained(weights);
      float[] drawn = InitialParameters.draw(settings.training().plan().seed(), plan, weights);
      settings.teacher().ifPresent(teacher -> startFrom(teacher, plan, drawn));
      if (settings.frozen().isPresent()) {
        float[] bare = drawn.clone();
        return new Start(drawn, settings.frozen().get().start(plan, drawn), bare);
      }
      if (settings.start().isPresent()) {
        return new Start(settings.start().get().parameters(plan), new BitSet(), drawn);
      }
      boolean principal = PrincipalFactors.areAskedOf(settings.adapter());
      BitSet still = principal ? PrincipalFactors.start(plan, drawn, weights) : new BitSet();
      return new Start(drawn, still, drawn);
    }
  }

  private static void startFrom(BaseReference teacher, AdapterPlan plan, float[] drawn) {
    BaseDirectory found = SparkBases.source().resolve(teacher);
    ModuleTree tree = ModuleTree.of(ModelConfig.read(found.config()));
    try (SafetensorsFile file = SafetensorsFile.open(found.weights())) {
      TeacherStart.put(drawn, plan.layout(), BaseWeights.of(file, tree));
    }
  }

  private RunFingerprint fingerprint(DataManifest manifest, BaseDirectory base, AdapterPlan plan) {
    ExecutorState executor = executors.get(0);
    TreeMap<String, String> libraries = new TreeMap<>();
    libraries.put("libtorch", executor.libtorch());
    libraries.put("rankwise", LibraryVersion.RANKWISE);
    return new RunFingerprint(
        settings.base().sha256(),
        Replica.programSha256(base, plan.base(), plan.attachment(), settings.replica()),
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
