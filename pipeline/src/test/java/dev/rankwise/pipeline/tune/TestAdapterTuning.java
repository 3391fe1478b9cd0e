package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.estimator.TinyAdapter;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.model.RequiredBits;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("spark")
final class TestAdapterTuning {
  private static final BaseReference OTHER = new BaseReference("minilm", "2".repeat(64));

  @TempDir static Path folder;

  private static SparkSession spark;
  private static PreparedData data;
  private static ExampleSet examples;
  private static List<ExecutorState> executors;

  @BeforeAll
  static void prepare() {
    spark = LocalSession.start("local[2]");
    executors = ExecutorProbe.ask(JavaSparkContext.fromSparkContext(spark.sparkContext()), 1);
    data =
        new DataPreparation(
                RowSources.of(
                    LocalSession.table(spark, LocalSession.glosses(spark, 60), 2), "glosses"),
                PreparationSettings.of(
                        LabelledColumns.of("gloss", "label").keyedBy("id"),
                        SplitRule.counts(10, 50))
                    .withMaximumTokens(24),
                new BaseTokenizerSource(TinyAdapter.reference()))
            .prepare(spark, folder.resolve("data").toUri().toString());
    examples = PreparedExamples.of(spark, data, Split.TRAIN);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void dataForAnotherBaseIsRefused() {
    assertThatThrownBy(() -> tune(OTHER, StepListener.silent()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot tune base minilm (SHA-256 "
                + OTHER.sha256()
                + ") on data that were prepared for a base with SHA-256 "
                + TinyAdapter.reference().sha256()
                + "; prepare the data again for this base");
  }

  @Test
  void fingerprintSaysWhatTheBytesDependOn() {
    List<StepMetrics> steps = new ArrayList<>();
    TunedModel tuned = tune(TinyAdapter.reference(), steps::add);

    assertThat(steps).hasSize(6);
    assertThat(tuned.training().steps()).isEqualTo(6);
    assertThat(tuned.adapter().values()).isEqualTo(tuned.training().parameters());
    assertThat(tuned.adapter().plan().base().labels()).isEqualTo(data.manifest().labels());
    assertThat(tuned.source().numerics())
        .isEqualTo(new RequiredBits(executors.get(0).numerics(), executors.get(0).processor()));
    assertThat(tuned.fingerprint().parts())
        .containsEntry("base", TinyAdapter.reference().sha256())
        .containsEntry("data", data.manifest().contentSha256())
        .containsEntry("tokenizer", data.manifest().tokenizerSha256())
        .containsEntry("numerics", executors.get(0).numerics())
        .containsEntry("settings.train.seed", "3")
        .containsEntry("threads", "1");
  }

  @Test
  void examplesAreThoseOfTheSplit() {
    ExampleSet held = PreparedExamples.of(spark, data, Split.TEST);

    assertThat(held.size()).isEqualTo(10);
    for (TokenExample example : held.examples().collect()) {
      assertThat(example.ids()).hasSize(held.lengths()[example.position()]);
      assertThat(example.label()).isBetween(0, data.manifest().labels().size() - 1);
    }
  }

  @Test
  void adapterThatDoesNotFitTheBaseIsRefused() {
    assertThatThrownBy(() -> tuneSaving(List.of("pooling")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("pooling");
  }

  /** Dropped or carried on: what is multiplied by zero has no part in the others' gradients. */
  @Test
  void rankIsMovedAndExactlyTheBudgetStays() {
    TunedModel dropped = tuneAllocating(1, MaskedTriplets.DROPPED);
    TunedModel carried = tuneAllocating(1, MaskedTriplets.CARRIED);

    AdapterPlan plan = dropped.adapter().plan();
    List<Integer> ranks = plan.matched().adapted().stream().map(module -> module.rank()).toList();
    assertThat(ranks.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2 * ranks.size());
    assertThat(ranks).allMatch(rank -> rank <= 4);
    assertThat(plan.spec().allocation().totalSteps()).isEqualTo(6);
    assertThat(dropped.initial()).hasSize(plan.layout().size());
    assertThat(dropped.source().adapter().allocation().live())
        .isEqualTo(plan.spec().allocation().live());
    assertThat(dropped.allocation().decisions())
        .extracting(Decision::step)
        .containsExactly(2, 3, 4);
    assertThat(dropped.allocation().terms()).hasSize(6).allMatch(term -> term > 0);
    assertThat(tuneAllocating(1, MaskedTriplets.DROPPED).adapter().values())
        .containsExactly(dropped.adapter().values());

    assertThat(carried.adapter().plan().spec()).isEqualTo(plan.spec());
    float[] computedOn = carried.adapter().values();
    float[] left = dropped.adapter().values();
    for (int i = 0; i < left.length; i++) {
      assertThat((double) left[i]).isCloseTo(computedOn[i], within(1e-4));
    }
  }

  @Test
  void aRunTooShortForItsScheduleIsRefused() {
    assertThatThrownBy(() -> tuneAllocating(4, MaskedTriplets.DROPPED))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("4 and 2 of 6 steps");
  }

  /** Before the first decision, between two, and once the triplets that went are dropped. */
  @ParameterizedTest
  @EnumSource(MaskedTriplets.class)
  void runWhoseRanksMoveGoesOnToTheSameBitsAfterAnyStep(MaskedTriplets masked) {
    Kept kept = new Kept(new ArrayList<>(), Optional.empty());
    TunedModel calm = tuneAllocating(1, masked, fingerprint -> kept);
    assertThat(kept.states()).hasSize(7);

    for (int step = 0; step < 6; step++) {
      Kept again = new Kept(new ArrayList<>(), Optional.of(kept.states().get(step)));
      TunedModel resumed = tuneAllocating(1, masked, fingerprint -> again);

      assertThat(again.states()).as("states after step %s", step).hasSize(7 - step);
      assertThat(resumed.adapter().values()).containsExactly(calm.adapter().values());
      assertThat(resumed.adapter().plan().spec()).isEqualTo(calm.adapter().plan().spec());
      assertThat(resumed.allocation()).isEqualTo(calm.allocation());
    }
  }

  private static TunedModel tuneAllocating(int initialSteps, MaskedTriplets masked) {
    return tuneAllocating(initialSteps, masked, AdapterTuning.Checkpointing.none());
  }

  private static TunedModel tuneAllocating(
      int initialSteps, MaskedTriplets masked, AdapterTuning.Checkpointing checkpointing) {
    TuningSettings plain = settings(TinyAdapter.reference());
    TrainingSettings training = plain.training();
    RankAllocation allocation =
        new RankAllocation(2, 6, initialSteps, 2, 1, 0.85, 0.85, 0.5, Map.of());
    TuningSettings settings =
        new TuningSettings(
            plain.base(),
            plain.adapter().withMethod("adalora").withRank(4, 8).withAllocation(allocation),
            new TrainingSettings(
                training.plan(),
                training.learningRate(),
                training.shape(),
                training.warmUp(),
                training.optimizer(),
                GlobalNormClip.none(),
                training.policy()),
            plain.weightDecay(),
            Optional.empty(),
            new AllocationSettings(
                SensitivityPoint.POST, TieRule.BY_NAME_AND_INDEX, masked, 0.1, 0.3),
            plain.replica(),
            plain.decisive());
    return new AdapterTuning(spark, executors, settings)
        .tune(
            data.manifest(),
            examples,
            StepListener.silent(),
            AdapterTuning.Selector.last(),
            checkpointing,
            Clock.systemUTC());
  }

  @Test
  void poolerThatTheBaseLacksMustBeTrained() {
    assertThatThrownBy(() -> tuneSaving(List.of("classifier")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base has no weights for pooler, so it cannot be frozen; add it to"
                + " adapter.modules-to-save to train it from a fresh start");
  }

  private static void tuneSaving(List<String> modules) {
    TuningSettings settings = settings(TinyAdapter.reference());
    TuningSettings other =
        new TuningSettings(
            settings.base(),
            settings.adapter().withModulesToSave(modules),
            settings.training(),
            settings.weightDecay(),
            settings.replica(),
            settings.decisive());
    new AdapterTuning(spark, executors, other)
        .tune(
            data.manifest(),
            examples,
            StepListener.silent(),
            AdapterTuning.Selector.last(),
            Clock.systemUTC());
  }

  private static TunedModel tune(BaseReference base, StepListener listener) {
    return new AdapterTuning(spark, executors, settings(base))
        .tune(
            data.manifest(), examples, listener, AdapterTuning.Selector.last(), Clock.systemUTC());
  }

  private static TuningSettings settings(BaseReference base) {
    TreeMap<String, String> decisive = new TreeMap<>();
    decisive.put("train.seed", "3");
    return new TuningSettings(
        base,
        TinyAdapter.spec(),
        TrainingSettings.defaults(3, 1e-3)
            .withPlan(new PlanSettings(3, 8, 2, 4096, 1, PlanSettings.UNLIMITED, LastStep.DROP)),
        0.01,
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
        decisive);
  }
}
