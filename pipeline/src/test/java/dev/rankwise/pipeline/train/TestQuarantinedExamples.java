package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Counts;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ExampleSet;
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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs among whose examples some make every step fail that they are in. */
@Tag("spark")
final class TestQuarantinedExamples {
  private static final int PARAMETERS = 12;
  private static final int EXAMPLES = 96;
  private static final AtomicInteger FAILURES = new AtomicInteger();

  /** Executors keep a model by its key. */
  private static final AtomicInteger MODELS = new AtomicInteger();

  private static JavaSparkContext spark;

  private final List<List<Integer>> heard = new ArrayList<>();

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

  /** Fails where a micro-batch holds one of the examples. */
  private record Failing(Set<Integer> bad, int atLeast) implements QuadraticSource.Fault {
    private static final long serialVersionUID = 1L;

    @Override
    public void before(List<TokenBatch> microBatches) {
      int held = 0;
      for (TokenBatch batch : microBatches) {
        for (int sequence = 0; sequence < batch.sequences(); sequence++) {
          held += bad.contains(batch.ids()[batch.offsets()[sequence]]) ? 1 : 0;
        }
      }
      if (held >= atLeast) {
        FAILURES.incrementAndGet();
        throw new IllegalStateException("index out of range");
      }
    }
  }

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            SparkDefaults.applyTo(new SparkConf())
                .setMaster("local[2,1]")
                .setAppName("quarantine")
                .set("spark.ui.enabled", "false"));
    spark.setLogLevel("OFF");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void countFromZero() {
    FAILURES.set(0);
  }

  @Test
  void runGoesOnWithoutThemToTheBitsOfOneThatNeverHadThem() {
    Watching failing = new Watching();
    TrainingResult result =
        train(new Failing(Set.of(17, 40), 1), new Safeguards(Double.POSITIVE_INFINITY, 2), failing);
    assertThat(FAILURES.get()).as("the examples' failures came").isPositive();
    int failures = FAILURES.get();

    Watching without = new Watching();
    without.begin = Optional.of(failing.states.get(0).with("quarantine.positions", "17 40"));
    TrainingResult expected = train(batches -> {}, none(), without);

    assertThat(result.quarantined()).containsExactly(17, 40);
    assertThat(heard.stream().flatMap(List::stream)).containsExactlyInAnyOrder(17, 40);
    assertThat(result.parameters()).containsExactly(expected.parameters());
    assertThat(result.steps()).isEqualTo(24);
    Counts.tell(
        "TestQuarantinedExamples.runGoesOnWithoutThemToTheBitsOfOneThatNeverHadThem",
        "2 of %s examples, found after %s failures".formatted(EXAMPLES, failures));
  }

  @Test
  void runThatIsTakenUpLeavesOutTheSame() {
    Watching whole = new Watching();
    TrainingResult expected =
        train(new Failing(Set.of(17, 40), 1), new Safeguards(Double.POSITIVE_INFINITY, 2), whole);

    for (int step : new int[] {3, 12, 20}) {
      Watching again = new Watching();
      again.begin = Optional.of(whole.states.get(step));
      TrainingResult result =
          train(new Failing(Set.of(17, 40), 1), new Safeguards(Double.POSITIVE_INFINITY, 2), again);
      assertThat(result.parameters()).containsExactly(expected.parameters());
      assertThat(result.quarantined()).containsExactly(17, 40);
    }
  }

  @Test
  void withoutTheRecipesWordTheRunFails() {
    assertThatThrownBy(() -> train(new Failing(Set.of(17), 1), none(), new Watching()))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("Cannot compute step ");
    assertThat(FAILURES.get()).isEqualTo(1);
  }

  @Test
  void moreThanTheRecipeAllowsAreNotLeftOut() {
    Safeguards one = new Safeguards(Double.POSITIVE_INFINITY, 1);

    assertThatThrownBy(() -> train(new Failing(Set.of(17, 40), 1), one, new Watching()))
        .isInstanceOf(ClusterException.class);
    assertThat(heard).hasSize(1);
  }

  @Test
  void whatIsNotTheFaultOfSingleExamplesEndsTheRunAsItIs() {
    Safeguards three = new Safeguards(Double.POSITIVE_INFINITY, 3);
    Set<Integer> all = new java.util.TreeSet<>();
    for (int position = 0; position < EXAMPLES; position++) {
      all.add(position);
    }

    assertThatThrownBy(() -> train(new Failing(all, 1), three, new Watching()))
        .isInstanceOf(ClusterException.class);
    assertThatThrownBy(() -> train(new Failing(all, 2), three, new Watching()))
        .isInstanceOf(ClusterException.class);
    assertThat(heard).isEmpty();
  }

  @Test
  void damagedFileIsNotLookedForInTheExamples() {
    QuadraticSource.Fault damaged =
        batches -> {
          FAILURES.incrementAndGet();
          throw new CorruptFileException("replica file is damaged");
        };

    assertThatThrownBy(
            () -> train(damaged, new Safeguards(Double.POSITIVE_INFINITY, 3), new Watching()))
        .isInstanceOf(CorruptFileException.class);
    assertThat(FAILURES.get()).as("tasks of one step, each tried once").isLessThanOrEqualTo(3);
  }

  private static Safeguards none() {
    return Safeguards.none();
  }

  private TrainingResult train(
      QuadraticSource.Fault fault, Safeguards safeguards, Checkpoints checkpoints) {
    TrainingSettings settings =
        new TrainingSettings(
            new PlanSettings(5, 8, 3, 20, 2, PlanSettings.UNLIMITED, LastStep.DROP),
            0.2,
            RateShape.LINEAR,
            WarmUp.none(),
            AdamWSettings.defaults(),
            GlobalNormClip.none(),
            GradientPolicy.STOP,
            safeguards);
    StepListener listener =
        new StepListener() {
          @Override
          public void stepEnded(StepMetrics metrics) {}

          @Override
          public void quarantined(int step, List<Integer> positions) {
            heard.add(positions);
          }
        };
    return new Trainer(
            spark,
            settings,
            new QuadraticSource("quarantine " + MODELS.incrementAndGet(), PARAMETERS, fault),
            List.of(new ParameterGroup(0, PARAMETERS, 1, 0.01)),
            StepListener.both(StepListener.silent(), listener),
            Clock.systemUTC())
        .train(
            new TrainingRun("run", data(), new float[PARAMETERS], Selection.last(), checkpoints));
  }

  /** Each example begins with the token of its number; there are twelve steps an epoch. */
  private static ExampleSet data() {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[EXAMPLES];
    for (int position = 0; position < EXAMPLES; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      Arrays.fill(ids, 1000);
      ids[0] = position;
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    return new ExampleSet(spark.parallelize(examples, 2), lengths);
  }
}
