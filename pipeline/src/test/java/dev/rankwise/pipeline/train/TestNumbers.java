package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients that a script gives at one step of a run. */
@Tag("spark")
final class TestNumbers {
  private static final int PARAMETERS = 12;
  private static final int POISONED = 17;

  private static JavaSparkContext spark;

  private final List<StepMetrics> steps = new ArrayList<>();

  /**
   * A model whose gradient has a number of the test's choice where one example is computed.
   *
   * @param gradient the number; 0 for none
   * @param lossSum what is added to the loss there
   */
  private record Scripted(QuadraticSource model, float gradient, double lossSum)
      implements ModelSource {
    private static final long serialVersionUID = 1L;

    @Override
    public String key() {
      return "scripted " + gradient + " " + lossSum;
    }

    @Override
    public ResidentModel open() {
      return new Model(this, model.open());
    }
  }

  private record Model(Scripted script, ResidentModel model) implements ResidentModel {
    @Override
    public LoadedParameters load(float[] theta) {
      return new Parameters(script, model.load(theta));
    }

    @Override
    public void close() {
      model.close();
    }
  }

  private record Parameters(Scripted script, LoadedParameters parameters)
      implements LoadedParameters {
    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      GroupSum sum = parameters.gradient(microBatches, denominator);
      boolean poisoned = microBatches.stream().anyMatch(Parameters::hasPoison);
      if (!poisoned) {
        return sum;
      }
      float[] gradient = sum.gradient().clone();
      gradient[3] += script.gradient();
      return new GroupSum(gradient, sum.lossSum() + script.lossSum(), sum.examples(), sum.tokens());
    }

    private static boolean hasPoison(TokenBatch batch) {
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        if (batch.ids()[batch.offsets()[sequence]] == POISONED) {
          return true;
        }
      }
      return false;
    }

    @Override
    public TargetScores targetScores(TokenBatch batch) {
      return parameters.targetScores(batch);
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      return parameters.logits(batch);
    }

    @Override
    public Generator generator(Tokenizer tokenizer, int task) {
      return parameters.generator(tokenizer, task);
    }

    @Override
    public void close() {
      parameters.close();
    }
  }

  /** Sees each state of a run, and begins one with a state that is given. */
  private static final class Watching implements Checkpoints {
    private final List<Snapshot> states = new ArrayList<>();
    private Optional<Snapshot> begin = Optional.empty();

    @Override
    public Optional<Snapshot> reached(int planned) {
      return begin;
    }

    @Override
    public boolean isDue(int step) {
      return true;
    }

    @Override
    public void save(int step, Snapshot state) {
      states.add(state);
    }

    @Override
    public void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state) {}
  }

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            SparkDefaults.applyTo(new SparkConf())
                .setMaster("local[2]")
                .setAppName("numbers")
                .set("spark.ui.enabled", "false"));
    spark.setLogLevel("ERROR");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, 0",
    "Infinity, 0",
    "-Infinity, 0",
    "3e38, 0",
    "1e19, 0",
    "1e-45, NaN",
    "0, Infinity",
  })
  void stepIsLeftOutAndTheNextIsThatOfARunWithoutIt(float gradient, double loss) {
    Watching poisoned = new Watching();
    train(gradient, loss, GradientPolicy.SKIP, poisoned);
    int left = leftOut();
    poisoned.states.forEach(TestNumbers::requireFinite);

    // The same run with the cursor moved past the step, as if it had not been planned.
    Watching without = new Watching();
    without.begin = Optional.of(poisoned.states.get(left).with("steps", left + 1));
    train(0, 0, GradientPolicy.STOP, without);

    Snapshot last = poisoned.states.get(poisoned.states.size() - 1);
    Snapshot expected = without.states.get(without.states.size() - 1);
    for (String vector : List.of("parameters", "optimizer.first", "optimizer.second")) {
      assertThat(last.vector(vector, PARAMETERS))
          .containsExactly(expected.vector(vector, PARAMETERS));
    }
    assertThat(last.values().get("optimizer.updates")).isEqualTo("11");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.MIN_VALUE, -1e-40f, 0x1p56f, 0})
  void whatIsFiniteIsUsedAndStaysFinite(float gradient) {
    Watching all = new Watching();

    train(gradient, 0, GradientPolicy.STOP, all);

    assertThat(steps).hasSize(12).allMatch(StepMetrics::updated);
    all.states.forEach(TestNumbers::requireFinite);
  }

  @Test
  void rateIsHalvedFromTheNextStepOn() {
    train(Float.NaN, 0, GradientPolicy.SKIP, new Watching());
    List<StepMetrics> skipped = List.copyOf(steps);
    int left = leftOut();
    steps.clear();
    train(Float.NaN, 0, GradientPolicy.HALVE, new Watching());

    for (int step = 0; step < steps.size(); step++) {
      double factor = step > left ? 0.5 : 1;
      assertThat(steps.get(step).learningRate())
          .isEqualTo(factor * skipped.get(step).learningRate());
    }
    assertThat(left).isBetween(0, 10);
  }

  @Test
  void runThatIsToStopKeepsTheStateBeforeTheStep() {
    Watching watching = new Watching();

    assertThatThrownBy(() -> train(Float.NaN, 0, GradientPolicy.STOP, watching))
        .isInstanceOf(TrainingStoppedException.class);

    assertThat(watching.states).hasSize(steps.size() + 1);
    watching.states.forEach(TestNumbers::requireFinite);
  }

  /** The example that is poisoned comes once an epoch, and its loss is finite. */
  @Test
  void runWhoseLossRisesToMoreThanItsRatioEnds() {
    Watching watching = new Watching();

    assertThatThrownBy(
            () ->
                train(
                    settings(GradientPolicy.STOP, 4, new Safeguards(1.5, 0)),
                    new Scripted(source(), 0, 1e6),
                    watching))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageMatching(
            "Training stopped at step \\d+: the mean loss of the last 20 steps is [0-9.E]+, more than"
                + " 1\\.5 times [0-9.E]+, the lowest such mean before; lower the learning rate, or"
                + " raise train\\.max-loss-ratio");

    assertThat(steps.size()).isBetween(21, 47);
    assertThat(watching.states).as("that of the last step is not kept").hasSize(steps.size());
  }

  @Test
  void exampleWhoseGradientIsNeverFiniteIsLeftOutWhereTheRecipeAllowsIt() {
    Watching watching = new Watching();
    Safeguards one = new Safeguards(Double.POSITIVE_INFINITY, 1);

    train(settings(GradientPolicy.STOP, 2, one), new Scripted(source(), Float.NaN, 0), watching);

    assertThat(steps).hasSize(24).allMatch(StepMetrics::updated);
    Snapshot last = watching.states.get(watching.states.size() - 1);
    assertThat(last.text("quarantine.positions")).isEqualTo("" + POISONED);
    watching.states.forEach(TestNumbers::requireFinite);
  }

  private int leftOut() {
    List<StepMetrics> left = steps.stream().filter(step -> !step.updated()).toList();
    assertThat(left).as("the script's gradient came").hasSize(1);
    return left.get(0).step() - 1;
  }

  private static void requireFinite(Snapshot state) {
    state
        .vectors()
        .forEach(
            (name, vector) -> {
              for (float value : vector) {
                assertThat(Float.isFinite(value)).as(name).isTrue();
              }
            });
  }

  private void train(float gradient, double loss, GradientPolicy policy, Checkpoints checkpoints) {
    train(
        settings(policy, 1, Safeguards.none()),
        new Scripted(source(), gradient, loss),
        checkpoints);
  }

  private void train(TrainingSettings settings, Scripted model, Checkpoints checkpoints) {
    new Trainer(
            spark,
            settings,
            model,
            List.of(new ParameterGroup(0, PARAMETERS, 1, 0.01)),
            steps::add,
            Clock.systemUTC())
        .train(
            new TrainingRun("run", data(), new float[PARAMETERS], Selection.last(), checkpoints));
  }

  private static QuadraticSource source() {
    return QuadraticSource.of("numbers", PARAMETERS);
  }

  private static TrainingSettings settings(
      GradientPolicy policy, double epochs, Safeguards safeguards) {
    return new TrainingSettings(
        new PlanSettings(5, 8, 3, 20, epochs, PlanSettings.UNLIMITED, LastStep.DROP),
        0.2,
        RateShape.LINEAR,
        WarmUp.none(),
        AdamWSettings.defaults(),
        GlobalNormClip.none(),
        policy,
        safeguards);
  }

  /** Each example begins with the token of its number; there are twelve steps. */
  private static ExampleSet data() {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[96];
    for (int position = 0; position < lengths.length; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      java.util.Arrays.fill(ids, 1000);
      ids[0] = position;
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    return new ExampleSet(spark.parallelize(examples, 2), lengths);
  }
}
