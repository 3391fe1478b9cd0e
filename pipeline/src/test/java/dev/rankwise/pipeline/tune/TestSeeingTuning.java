package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.executor.TokenPicture;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A decoder that learns to see, beside a teacher and without one, through the whole loop. */
@Tag("spark")
final class TestSeeingTuning {
  private static final int SIDE = 16;
  private static final int PATCH = 4;
  private static final int PATCHES = 16;
  private static final int EXAMPLES = 48;
  private static final int LAYERS = 2;

  /** What a run leaves. */
  private record Run(
      TunedModel tuned, List<StepMetrics> steps, Evaluation before, Evaluation after) {}

  @AfterAll
  static void close() {
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void bytesDoNotDependOnHowManyTasksRunAtATimeAndEverythingLearns() {
    Run one = run("local[1]", true, EXAMPLES);
    Run two = run("local[2]", true, EXAMPLES);

    assertThat(two.tuned().adapter().values()).containsExactly(one.tuned().adapter().values());
    assertThat(figures(two)).isEqualTo(figures(one));
    assertThat(figures(one).get(0)).isBetween(0.5, 1.5);
    assertThat(figures(one).get(figures(one).size() - 1)).isLessThan(figures(one).get(0));
    assertThat(one.after().metrics().meanLoss()).isLessThan(one.before().metrics().meanLoss());
    everyTensorChanged(one.tuned());
    // Heads are trained and dropped; both the base and the teacher are told to be as they were.
    assertThat(one.tuned().checks().trained().tensors())
        .isEqualTo(one.tuned().adapter().plan().layout().parameters().size() + 2 * LAYERS);
    assertThat(one.tuned().checks().frozen().sha256()).hasSize(2);
  }

  @Test
  void aRunThatGoesOnFromTheMiddleGivesTheSameBytes() {
    Kept kept = new Kept(new ArrayList<>(), Optional.empty());
    Run calm = run("local[2]", true, EXAMPLES, fingerprint -> kept);
    int middle = kept.states().size() / 2;
    Kept again = new Kept(new ArrayList<>(), Optional.of(kept.states().get(middle)));

    Run resumed = run("local[1]", true, EXAMPLES, fingerprint -> again);

    assertThat(again.states()).hasSize(kept.states().size() - middle);
    assertThat(resumed.tuned().adapter().values()).containsExactly(calm.tuned().adapter().values());
    // The heads are remembered on the way, and are in nothing that is saved.
    int trained = kept.states().get(middle).vectors().values().iterator().next().length;
    assertThat(trained).isGreaterThan(calm.tuned().adapter().values().length);
  }

  @Test
  void withoutATeacherThereIsNoTermAndOnlyTheLossTeaches() {
    Run run = run("local[2]", false, EXAMPLES);

    assertThat(run.steps().get(0).fields()).doesNotContainKey("distillation_loss");
    assertThat(run.after().metrics().meanLoss()).isLessThan(run.before().metrics().meanLoss());
    everyTensorChanged(run.tuned());
    assertThat(run.tuned().checks().frozen().sha256()).hasSize(1);
  }

  @Test
  void rowsWithoutPicturesMayStandAmongOthers() {
    Run run = run("local[2]", true, EXAMPLES / 2);

    everyTensorChanged(run.tuned());
    assertThat(figures(run)).allSatisfy(figure -> assertThat(figure).isBetween(0.0, 2.0));
  }

  @Test
  void aRunWithoutAnyPictureIsNotKept() {
    assertThatThrownBy(() -> run("local[2]", true, 0))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("8 of 37 trained tensors did not move")
        .hasMessageContaining("vision_embedding.pos_embed");
  }

  private static List<Double> figures(Run run) {
    return run.steps().stream()
        .map(step -> (Double) step.fields().get("distillation_loss"))
        .toList();
  }

  private static void everyTensorChanged(TunedModel tuned) {
    for (Parameter parameter : tuned.adapter().plan().layout().parameters()) {
      assertThat(tuned.adapter().values(parameter))
          .as(parameter.tensor().name())
          .isNotEqualTo(initial(tuned, parameter));
    }
  }

  private static float[] initial(TunedModel tuned, Parameter parameter) {
    int end = parameter.offset() + parameter.tensor().size();
    return Arrays.copyOfRange(tuned.initial(), parameter.offset(), end);
  }

  private static BaseReference reference(String model) {
    String folder = Golden.given("models").resolve(model).toString();
    return BaseReference.to(folder, SparkBases.source().resolve(folder));
  }

  private static Run run(String master, boolean taught, int pictured) {
    return run(master, taught, pictured, AdapterTuning.Checkpointing.none());
  }

  private static Run run(
      String master, boolean taught, int pictured, AdapterTuning.Checkpointing checkpointing) {
    SparkSession spark = LocalSession.start(master);
    try {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      List<ExecutorState> executors = ExecutorProbe.ask(context, 1);
      ExampleSet examples = examples(context, pictured);
      List<StepMetrics> steps = new ArrayList<>();
      TunedModel tuned =
          new AdapterTuning(spark, executors, settings(taught))
              .tune(
                  manifest(),
                  examples,
                  steps::add,
                  AdapterTuning.Selector.last(),
                  checkpointing,
                  Clock.systemUTC());
      Evaluator evaluator = new Evaluator(context, 2, 128);
      return new Run(
          tuned,
          steps,
          evaluator.targets("before", tuned.source(), examples, tuned.initial()),
          evaluator.targets("after", tuned.source(), examples, tuned.adapter().values()));
    } finally {
      spark.stop();
    }
  }

  /** A text, a picture that is light or dark, and a token that says which. */
  private static ExampleSet examples(JavaSparkContext context, int pictured) {
    PictureForm form =
        new PictureForm(
            ProcessorConfig.usual(new ImageShape(SIDE, PATCH, 3)),
            PATCH,
            VisionEmbedding.USUAL_PLACEHOLDER);
    List<TokenExample> examples = new ArrayList<>();
    for (int i = 0; i < EXAMPLES; i++) {
      boolean light = i % 2 == 0;
      byte[] colours = new byte[SIDE * SIDE * 3];
      for (int place = 0; place < colours.length; place++) {
        colours[place] = (byte) ((light ? 160 : 20) + (place * 7 + i * 13) % 70);
      }
      int[] ids = new int[PATCHES + 4];
      Arrays.fill(ids, i < pictured ? VisionEmbedding.USUAL_PLACEHOLDER : 7);
      ids[0] = 1;
      ids[1] = 5 + i % 5;
      ids[PATCHES + 2] = 30;
      ids[PATCHES + 3] = light ? 40 : 50;
      int[] labels = new int[ids.length];
      Arrays.fill(labels, TokenBatch.NONE);
      labels[PATCHES + 2] = ids[PATCHES + 3];
      examples.add(
          new TokenExample(i, new int[] {0}, ids, labels)
              .with(i < pictured ? List.of(new TokenPicture(2, colours, form)) : List.of()));
    }
    int[] lengths = new int[EXAMPLES];
    Arrays.fill(lengths, PATCHES + 4);
    return new ExampleSet(context.parallelize(examples, 3), lengths);
  }

  private static DataManifest manifest() {
    return new DataManifest(
        DataManifest.FORMAT,
        DataManifest.VERSION,
        ExampleKind.SEQUENCES,
        "",
        "content",
        reference("llama").sha256(),
        "tokenizer",
        64,
        List.of(),
        Map.of(),
        List.of(),
        List.of(),
        null,
        null,
        new Funnel(0, Map.of(), 0, 0, 0, 0),
        List.of());
  }

  private static TuningSettings settings(boolean taught) {
    VisionEmbedding vision =
        new VisionEmbedding(
            new ImageShape(SIDE, PATCH, 3),
            32,
            1e-6,
            taught ? LAYERS : 0,
            Attention.BIDIRECTIONAL,
            VisionEmbedding.USUAL_PLACEHOLDER);
    AdapterSpec spec =
        AdapterSpec.of("vora")
            .withRank(4, 4)
            .withTargets(
                ModuleChoice.of(
                    List.of(
                        "q_proj",
                        "k_proj",
                        "v_proj",
                        "o_proj",
                        "gate_proj",
                        "up_proj",
                        "down_proj")))
            .withLayers(List.of(0, 1))
            .withTaskType(AdapterSpec.CAUSAL_LANGUAGE_MODEL)
            .withVision(VisionChoice.of(vision));
    TuningSettings alone =
        new TuningSettings(
            reference("llama"),
            spec,
            TrainingSettings.defaults(3, 1e-2)
                .withPlan(new PlanSettings(3, 8, 2, 64, 4, PlanSettings.UNLIMITED, LastStep.DROP)),
            0,
            new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
            new TreeMap<>());
    return taught ? alone.taughtBy(Optional.of(reference("vit"))) : alone;
  }
}
