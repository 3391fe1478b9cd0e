package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.jobs.conf.EvaluateSection.Gate;
import dev.rankwise.jobs.conf.OutputSection.Nightly;
import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SequenceSection.PictureRows;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.train.WarmUp;
import dev.rankwise.pipeline.tune.AllocationSettings;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import dev.rankwise.pipeline.tune.LoraPlus;
import dev.rankwise.pipeline.vision.PictureInput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What each key means to the engine. */
final class TestRecipeKeys {
  private static final String EVERY_KEY =
      """
      base:
        model: jar:/bases/other
        dtype: bfloat16
        quantization: fp4-128-single
      data:
        source: rows/*.txt
        format: tsv
        text-column: message
        label-column: queue
        key-column: id
        image-column: screenshot
        image-squaring: stretched
        test-rows: 10
        train-rows: 20
        max-tokens: 64
        max-characters: 5000
        unicode-repair: true
        control-characters: remove
        unicode-form: nfkc
        filter: "question <> ''"
        column-rules: {question: {least-words: 2}}
        quality: [c4]
        quality-limits: {least-sentences: 1}
        languages: [en]
        personal-data: {email: mask}
        duplicates: same-text
        similarity: 0.9
        decontaminate: [set.jsonl]
        labels: [no, 1, "two words"]
        unknown-labels: fail
        row-format: alpaca
        columns: {instruction: question}
        chat-format: chatml
        train-on: last-turn
        truncation: split
        packing: none
        prepared: s3a://bucket/prepared
        prepared-sha256: 5f70
      adapter:
        method: lora
        rank: 4
        alpha: 2.5
        dropout: 0.0
        use-rslora: true
        initialisation: gaussian
        targets: [query, value]
        exclude: ".*layer.0.*"
        layers: [1, 2]
        layers-pattern: [layer]
        rank-pattern: {"b.*": 2, "a.*": 3}
        alpha-pattern: {"z.*": 4, "a.*": 1.5}
        modules-to-save: [pooler]
        use-dora: true
        bias: lora_only
        lora-bias: true
        trainable-token-indices: [7, 3]
        target-rank: 3
        initial-fraction: 0.25
        final-fraction: 0.5
        decision-interval: 4
        sensitivity-smoothing: 0.5
        uncertainty-smoothing: 0.75
        orthogonality: 0
        sensitivity: pre
        ties: all-at-once
        drop-masked: false
        router: token
        tasks: 2
        task-embedding: 32
        experts: 6
        top-k: 3
        router-scope: block
        router-gates: raw
        router-temperature: 0.5
        balance-weight: 0.02
        router-z-weight: 1e-3
        router-jitter: 0.1
      train:
        seed: 9223372036854775807
        epochs: 2.5
        max-steps: 7
        batch-size: 16
        groups: 3
        micro-batch-tokens: 512
        learning-rate: 3e-4
        schedule: inverse-square-root
        warmup-steps: 5
        weight-decay: 0
        loraplus-ratio: 16
        loraplus-embedding-rate: 1e-4
        loraplus-magnitudes: base-rate
        beta1: 0.8
        beta2: 0.99
        epsilon: 1e-6
        max-grad-norm: 0
        non-finite: skip
        max-loss-ratio: 3
        quarantine: 2
        last-step: keep
        adapter-compute: bfloat16
        activations: recomputed
        threads: 3
      evaluate:
        frozen-base: false
        every-steps: 50
        patience: 3
        frozen-base-learning-rate: 2e-2
        micro-batch-tokens: 99
        gates: {accuracy: {at-least: 0.5, not-worse-than-last: 0}, mean_loss: {at-most: 2}}
      output:
        directory: runs/one
        checkpoint-every-steps: 7
        checkpoints-kept: 3
        checkpoint-directory: hdfs:///checkpoints
        model-dtype: bfloat16
      nightly:
        registry: hdfs:///registry
        model: tickets
        start: last
        promotion: by-command
        wait-minutes: 90
      tracking:
        mlflow: https://mlflow.example.org/tracking/
        experiment: support
        model: tickets-by-night
        timeout-seconds: 5
      spark:
        master: local[2]
        executor:
          memory: 1g
          cores: 2
        spark.ui.enabled: false
      """;

  private static final ImageShape IMAGES = new ImageShape(8, 4, 3);
  private static final PicturePreparation USUAL = ProcessorConfig.usual(IMAGES);

  private final Recipe recipe = Recipe.parse(EVERY_KEY, "every.yaml", List.of());

  @Test
  void theRecipeOfThisTestGivesEveryKeyThatGoesWithTheOthers() {
    assertThat(RecipeKeys.all())
        .filteredOn(key -> !EVERY_KEY.contains("  " + key.shortName() + ": "))
        .extracting(RecipeKey::name)
        .containsExactly(
            "data.task-column",
            "data.test-fraction",
            "data.evaluation-source",
            "data.incremental",
            "data.group-column",
            "data.stratify-column",
            "adapter.frozen",
            "adapter.feedforward-modules",
            "adapter.experts-by-layer",
            "adapter.task-groups",
            "adapter.group-preference",
            "adapter.teacher",
            "adapter.image-side",
            "adapter.image-patch",
            "adapter.image-width",
            "adapter.image-attention",
            "adapter.image-layers",
            "train.warmup-fraction");
  }

  @Test
  void picturesAreReadAsTheRecipeSays() {
    PictureForm form =
        new PictureInput(IMAGES, USUAL, OptionalInt.of(-200))
            .form(recipe.data().pictures().squaring());

    assertThat(form.preparation().shape()).isEqualTo(Squaring.STRETCHED);
    assertThat(form.patches()).isEqualTo(4);
    assertThat(form.placeholder()).isEqualTo(-200);
    PreparationSettings seen = recipe.data().preparation(5, Optional.of(form));
    assertThat(seen.columns()).isEqualTo(new LabelledColumns("screenshot", "queue", "id"));
    assertThat(seen.maximumTokens()).isEqualTo(5);
    assertThatThrownBy(() -> recipe.data().preparation(512, Optional.empty()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot read data.image-column: the base reads texts");
    assertThatThrownBy(
            () ->
                Recipe.parse(EVERY_KEY, "every.yaml", List.of("data.image-column=null"))
                    .data()
                    .preparation(5, Optional.of(form)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("name their column in data.image-column");
  }

  @Test
  void howAPictureBecomesSquareGoesByTheBase() {
    PictureRows open = new PictureRows("image", Optional.empty());

    assertThat(squaring(open, OptionalInt.of(-200))).isEqualTo(Squaring.PADDED);
    assertThat(squaring(open, OptionalInt.empty())).isEqualTo(Squaring.STRETCHED);
  }

  private static Squaring squaring(PictureRows rows, OptionalInt placeholder) {
    return new PictureInput(IMAGES, USUAL, placeholder).form(rows.squaring()).preparation().shape();
  }

  @Test
  void baseAndThreadsMakeReplicas() {
    FourBit form = new FourBit(FourBitCode.FP4, 128, BlockScaling.SINGLE);
    assertThat(recipe.base())
        .isEqualTo(new BaseSection("jar:/bases/other", BaseType.BFLOAT16, form));
    assertThat(recipe.replica(8, FloatProducts.ONEDNN))
        .isEqualTo(
            new ReplicaSettings(
                BaseType.BFLOAT16,
                BaseType.BFLOAT16,
                FloatProducts.ONEDNN,
                3,
                BlockActivations.RECOMPUTED,
                form));
  }

  @Test
  void dataMakesAPreparation() {
    assertThat(recipe.data().source()).isEqualTo("rows/*.txt");
    assertThat(recipe.data().format()).isEqualTo("tsv");
    assertThat(recipe.data().rows()).isNotNull();
    assertThat(recipe.data().prepared()).isEqualTo("s3a://bucket/prepared");
    assertThat(recipe.data().preparation(512))
        .isEqualTo(
            new PreparationSettings(
                new LabelledColumns("message", "queue", "id"),
                SplitRule.counts(10, 20),
                64,
                new RowLimits(5000),
                List.of("no", "1", "two words"),
                UnknownLabels.FAIL));
  }

  @Test
  void conversationsMakeSequences() {
    ChatRenderer renderer = new FormatRenderer(ChatFormat.CHATML, new TextMarks("", "", ""));
    assertThat(recipe.data().sequences())
        .isEqualTo(
            new SequenceSection(
                "alpaca",
                Map.of("instruction", "question"),
                "chatml",
                TrainOn.LAST_TURN,
                Truncation.SPLIT,
                Packing.NONE,
                ""));
    PictureForm form =
        new PictureInput(IMAGES, USUAL, OptionalInt.of(-200))
            .form(recipe.data().pictures().squaring());
    assertThat(recipe.data().sequences(RowForm.ALPACA, renderer, 512, Optional.of(form)))
        .isEqualTo(
            new SequenceSettings(
                new TurnColumns(
                    RowForm.ALPACA, Map.of("instruction", "question"), "id", "screenshot"),
                SplitRule.counts(10, 20),
                64,
                new RowLimits(5000),
                renderer,
                TrainOn.LAST_TURN,
                Truncation.SPLIT,
                Packing.NONE,
                List.of(),
                Optional.of(form),
                ""));
  }

  @Test
  void adapterMakesASpecificationWithPatternsInTheirOrder() {
    AdapterSpec spec = recipe.adapter().spec();
    assertThat(spec)
        .isEqualTo(
            new AdapterSpec(
                    "dora",
                    4,
                    2.5,
                    0,
                    AdapterSpec.Scaling.BY_ROOT_OF_RANK,
                    AdapterSpec.Initialisation.GAUSSIAN,
                    ModuleChoice.of(List.of("query", "value")),
                    ModuleChoice.of(".*layer.0.*"),
                    List.of(1, 2),
                    List.of("layer"),
                    Map.of("b.*", 2, "a.*", 3),
                    Map.of("z.*", 4.0, "a.*", 1.5),
                    List.of("pooler"),
                    new TrainedBeside(
                        true,
                        TrainedBeside.BaseBiases.LORA_ONLY,
                        Map.of(TrainedBeside.TOKEN_TABLE, List.of(7, 3))),
                    "SEQ_CLS")
                .withAllocation(new RankAllocation(3, 0, 0, 0, 4, 0.5, 0.75, 0, Map.of()))
                .withMixture(
                    new ExpertMixture(
                        6, 3, Router.TOKEN, Scope.BLOCK, Gates.RAW, 0.5, 0.02, 1e-3, 0.1, 1, 32)));
    assertThat(recipe.adapter().allocation())
        .isEqualTo(
            new AllocationSettings(
                SensitivityPoint.PRE, TieRule.ALL_AT_ONCE, MaskedTriplets.CARRIED, 0.25, 0.5));
    assertThat(spec.rankPattern().keySet()).containsExactly("b.*", "a.*");
    assertThat(spec.alphaPattern().keySet()).containsExactly("z.*", "a.*");
  }

  @Test
  void trainMakesTheSettingsOfTheLoop() {
    assertThat(recipe.train().settings())
        .isEqualTo(
            new TrainingSettings(
                new PlanSettings(Long.MAX_VALUE, 16, 3, 512, 2.5, 7, LastStep.KEEP),
                3e-4,
                RateShape.INVERSE_SQUARE_ROOT,
                WarmUp.ofSteps(5),
                new AdamWSettings(0.8, 0.99, 1e-6),
                GlobalNormClip.none(),
                GradientPolicy.SKIP,
                new Safeguards(3, 2)));
    assertThat(recipe.train().weightDecay()).isZero();
    assertThat(recipe.train().loraPlus())
        .contains(new LoraPlus(16, 1e-4, LoraPlus.Magnitudes.BASE_RATE));
  }

  @Test
  void evaluateAndOutputAreTaken() {
    assertThat(recipe.evaluate())
        .isEqualTo(
            new EvaluateSection(
                false,
                2e-2,
                99,
                OptionalInt.of(50),
                OptionalInt.of(3),
                List.of(
                    new Gate(
                        "accuracy",
                        OptionalDouble.of(0.5),
                        OptionalDouble.empty(),
                        OptionalDouble.of(0)),
                    new Gate(
                        "mean_loss",
                        OptionalDouble.empty(),
                        OptionalDouble.of(2),
                        OptionalDouble.empty()))));
    assertThat(recipe.output())
        .isEqualTo(
            new OutputSection(
                "runs/one",
                new OutputSection.Checkpoints("hdfs:///checkpoints", 7, 3),
                Optional.of(BaseType.BFLOAT16),
                new Nightly(
                    "hdfs:///registry",
                    "tickets",
                    Nightly.Start.LAST,
                    Nightly.Promotion.BY_COMMAND,
                    90),
                new Tracking(
                    "https://mlflow.example.org/tracking",
                    "support",
                    "tickets-by-night",
                    Duration.ofSeconds(5))));
    assertThat(recipe.data().preparedSha256()).isEqualTo("5f70");
  }

  @Test
  void sparkSettingsAreJoinedByDots() {
    assertThat(recipe.spark().settings())
        .containsExactly(
            Map.entry("spark.executor.cores", "2"),
            Map.entry("spark.executor.memory", "1g"),
            Map.entry("spark.master", "local[2]"),
            Map.entry("spark.ui.enabled", "false"));
  }

  @Test
  void rowsMayBeHeldOutInThreeWays() {
    assertThat(split("data.test-fraction=0.25")).isEqualTo(SplitRule.testFraction(0.25));
    assertThat(split("data.test-rows=5")).isEqualTo(SplitRule.counts(5, Integer.MAX_VALUE));
    assertThat(split("data.train-rows=5")).isEqualTo(SplitRule.counts(0, 5));
    assertThat(split("data.evaluation-source=other.csv")).isEqualTo(SplitRule.trainOnly());
    assertThat(small("data.evaluation-source=other.csv").data().evaluationRows()).isPresent();
    assertThat(split("data.evaluation-source=other.csv", "data.train-rows=5"))
        .isEqualTo(SplitRule.counts(0, 5));
  }

  @Test
  void modulesAreNamedInThreeWays() {
    assertThat(targets("adapter.targets=[query, key]"))
        .isEqualTo(ModuleChoice.of(List.of("query", "key")));
    assertThat(targets("adapter.targets=ALL-LINEAR").kind())
        .isEqualTo(ModuleChoice.Kind.ALL_LINEAR);
    assertThat(targets("adapter.targets=.*query")).isEqualTo(ModuleChoice.of(".*query"));
  }

  @Test
  void thoseThatDecideBitsAreNamedWithTheirValues() {
    assertThat(recipe.settingsThatDecideBits())
        .containsEntry("base.dtype", "bfloat16")
        .containsEntry("adapter.targets", "[query, value]")
        .containsEntry("adapter.rank-pattern", "{\"b.*\": 2, \"a.*\": 3}")
        .containsEntry("train.warmup-fraction", "null")
        .containsEntry("train.learning-rate", "3e-4")
        .containsEntry("train.groups", "3")
        .doesNotContainKeys("base.model", "data.source", "train.threads", "output.directory");
    assertThat(small().settingsThatDecideBits())
        .isEqualTo(
            small("output.directory=x", "spark.master=y", "train.threads=2")
                .settingsThatDecideBits())
        .isNotEqualTo(small("train.seed=1").settingsThatDecideBits());
  }

  private static SplitRule split(String... sets) {
    return small(sets).data().split();
  }

  private static ModuleChoice targets(String set) {
    return small(set).adapter().spec().targets();
  }

  private static Recipe small(String... sets) {
    return Recipe.parse(
        "base: {model: minilm}\ndata: {source: rows.csv}\n", "small.yaml", List.of(sets));
  }
}
