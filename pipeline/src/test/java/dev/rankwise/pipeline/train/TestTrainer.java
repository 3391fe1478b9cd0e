package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
@Tag("core")
class TestTrainer {
  private static final int PARAMETERS = 3000;
  private static final AtomicInteger FAILED = new AtomicInteger();

  private JavaSparkContext spark;
  private Selection selection = Selection.last();
  private UpdateHook hook = UpdateHook.none();

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  @Test
  void resultIsTheSameBytesForAnyNumberOfCoresAndPartitions() {
    String one = sha256(train("local[1]", 1, QuadraticSource.of("bytes", PARAMETERS)));
    String two = sha256(train("local[2]", 5, QuadraticSource.of("bytes", PARAMETERS)));
    String three = sha256(train("local[3]", 2, QuadraticSource.of("bytes", PARAMETERS)));
    System.out.println("local[1] " + one + "\nlocal[2] " + two + "\nlocal[3] " + three);
    assertThat(two).isEqualTo(one);
    assertThat(three).isEqualTo(one);
  }

  @Test
  void resultIsTheSameBytesAfterTasksFailed() {
    String calm = sha256(train("local[2]", 3, QuadraticSource.of("calm", PARAMETERS)));
    FAILED.set(0);
    QuadraticSource shaky =
        new QuadraticSource(
            "shaky",
            PARAMETERS,
            batches -> {
              TaskContext task = TaskContext.get();
              if (task.attemptNumber() == 0 && (task.stageId() + task.partitionId()) % 3 == 0) {
                FAILED.incrementAndGet();
                throw new IllegalStateException("this attempt fails");
              }
            });
    assertThat(sha256(train("local[2,4]", 3, shaky))).isEqualTo(calm);
    assertThat(FAILED).hasValueGreaterThan(5);
  }

  @Test
  void lossFallsAndEveryStepIsTold() {
    List<StepMetrics> steps = new ArrayList<>();
    float[] far = new float[50];
    Arrays.fill(far, 40);
    TrainingResult result = train("local[2]", 3, far, steps::add, settings(2));
    assertThat(result.lossLast()).isLessThan(0.9 * result.lossFirst());
    assertThat(result.steps()).isEqualTo(25);
    assertThat(steps).extracting(StepMetrics::step).hasSize(25).isSorted().doesNotHaveDuplicates();
    StepMetrics metrics = steps.get(24);
    assertThat(metrics.epoch()).isEqualTo(1);
    assertThat(metrics.targetTokens()).isEqualTo(8);
    assertThat(metrics.tokens()).isGreaterThan(8);
    assertThat(metrics.updated()).isTrue();
    assertThat(metrics.times().step()).isGreaterThanOrEqualTo(metrics.times().compute());
    assertThat(metrics.fields())
        .containsKeys(
            "step",
            "loss",
            "learning_rate",
            "grad_norm",
            "target_tokens",
            "tokens",
            "tokens_per_second",
            "step_seconds",
            "compute_seconds",
            "sync_seconds");
    assertThat(result.tokens()).isEqualTo(steps.stream().mapToLong(StepMetrics::tokens).sum());
    assertThat(result.tokensPerSecond()).isPositive();
  }

  @Test
  void aRunEndsEarlyWithTheBestOfItsParameters() {
    List<float[]> seen = new ArrayList<>();
    selection =
        new BestLoss(
            1,
            OptionalInt.of(3),
            (step, theta) -> {
              seen.add(theta.clone());
              return Math.abs(step - 7);
            });

    TrainingResult result = train("local[2]", 3, QuadraticSource.of("early", 50));

    assertThat(result.steps()).isEqualTo(10);
    assertThat(result.parameters()).containsExactly(seen.get(6)).isNotEqualTo(seen.get(9));
    assertThat(result.best()).contains(new HeldOutLoss(7, 0));
    assertThat(result.heldOut()).hasSize(10);
  }

  @Test
  void whatHadNoGradientIsToldThoughDecayMovedIt() {
    hook =
        new UpdateHook() {
          @Override
          public float[] completed(float[] theta, float[] gradient) {
            gradient[1] = 0;
            return gradient;
          }
        };
    float[] initial = {40, 40, 40};

    TrainingResult result = train("local[1]", 1, initial, StepListener.silent(), settings(2));

    assertThat(result.untouched()).isEqualTo(BitSet.valueOf(new long[] {0b010}));
    assertThat(result.parameters()[1]).isLessThan(40);
  }

  @Test
  void failureOfOursInATaskReachesTheCaller() {
    QuadraticSource corrupt =
        new QuadraticSource(
            "corrupt",
            10,
            batches -> {
              throw new CorruptFileException("Cannot read model.safetensors: it is damaged");
            });
    assertThatThrownBy(() -> train("local[1]", 1, corrupt))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage("Cannot read model.safetensors: it is damaged");
  }

  @Test
  void gradientThatIsNotFiniteStopsTheRun() {
    assertThatThrownBy(
            () ->
                train(
                    "local[1]", 1, new float[] {1, Float.NaN}, StepListener.silent(), settings(2)))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageStartingWith("Training stopped at step 0: the loss is NaN");
  }

  @Test
  void skippedStepsChangeNothing() {
    List<StepMetrics> steps = new ArrayList<>();
    TrainingSettings skipping = settings(2);
    TrainingResult result =
        train(
            "local[1]",
            1,
            new float[] {1, Float.NaN},
            steps::add,
            new TrainingSettings(
                skipping.plan(),
                skipping.learningRate(),
                skipping.shape(),
                skipping.warmUp(),
                skipping.optimizer(),
                skipping.clip(),
                GradientPolicy.SKIP));
    assertThat(result.parameters()).containsExactly(1, Float.NaN);
    assertThat(steps).noneMatch(StepMetrics::updated);
  }

  private TrainingResult train(String master, int partitions, ModelSource source) {
    return train(master, partitions, source, StepListener.silent(), settings(2.5));
  }

  private TrainingResult train(
      String master,
      int partitions,
      ModelSource source,
      StepListener listener,
      TrainingSettings settings) {
    int parameters = ((QuadraticSource) source).parameters();
    return train(master, partitions, source, new float[parameters], listener, settings);
  }

  private TrainingResult train(
      String master,
      int partitions,
      float[] initial,
      StepListener listener,
      TrainingSettings settings) {
    QuadraticSource source = QuadraticSource.of("given", initial.length);
    return train(master, partitions, source, initial, listener, settings);
  }

  private TrainingResult train(
      String master,
      int partitions,
      ModelSource source,
      float[] initial,
      StepListener listener,
      TrainingSettings settings) {
    stop();
    SparkConf conf =
        SparkDefaults.applyTo(new SparkConf())
            .setMaster(master)
            .setAppName("trainer")
            .set("spark.ui.enabled", "false");
    spark = new JavaSparkContext(conf);
    spark.setLogLevel("ERROR");
    List<ParameterGroup> groups = List.of(new ParameterGroup(0, initial.length, 1, 0.01));
    Trainer trainer = new Trainer(spark, settings, source, groups, listener, Clock.systemUTC());
    return trainer.train(
        new TrainingRun("run", data(partitions), initial, selection, hook, Checkpoints.none()));
  }

  /** A hundred examples in another order for each number of partitions. */
  private ExampleSet data(int partitions) {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[100];
    for (int position = 0; position < lengths.length; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = position + i;
      }
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    Collections.shuffle(examples, new Random(partitions));
    return new ExampleSet(spark.parallelize(examples, partitions), lengths);
  }

  private static TrainingSettings settings(double epochs) {
    return new TrainingSettings(
        new PlanSettings(5, 8, 3, 20, epochs, PlanSettings.UNLIMITED, LastStep.DROP),
        0.2,
        RateShape.LINEAR,
        WarmUp.ofSteps(2),
        AdamWSettings.defaults(),
        new GlobalNormClip(1000),
        GradientPolicy.STOP);
  }

  private static String sha256(TrainingResult result) {
    return Sha256.ofBytes(FloatBytes.of(result.parameters()));
  }
}
