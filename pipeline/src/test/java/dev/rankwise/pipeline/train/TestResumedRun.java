package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Counts;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.checkpoint.CheckpointFolder;
import dev.rankwise.pipeline.checkpoint.CommitStrategy;
import dev.rankwise.pipeline.checkpoint.FaultPoint;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs that end in the middle and are taken up again. */
@Tag("spark")
final class TestResumedRun {
  private static final int PARAMETERS = 200;
  private static final int STEPS = 14;
  private static final Map<FaultPoint, Integer> ENDED = new TreeMap<>();
  private static final AtomicBoolean GIVEN_UP = new AtomicBoolean();
  private static JavaSparkContext spark;

  @TempDir Path folder;

  private QuadraticSource source = QuadraticSource.of("resumed", PARAMETERS);
  private StopSignal stop = StopSignal.never();
  private final List<String> told = new ArrayList<>();
  private final List<StepMetrics> steps = new ArrayList<>();

  /** The signal comes while the step after so many is computed, which is given up. */
  private record GivenUpAfter(int steps, Checkpoints checkpoints) implements Checkpoints {
    @Override
    public Optional<Snapshot> reached(int planned) {
      return checkpoints.reached(planned);
    }

    @Override
    public boolean isDue(int step) {
      boolean due = checkpoints.isDue(step);
      GIVEN_UP.set(step == steps);
      return due;
    }

    @Override
    public void save(int step, Snapshot state) {
      checkpoints.save(step, state);
    }

    @Override
    public void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state) {
      checkpoints.stepFailed(step, failure, state);
    }
  }

  /** Ends a run as if its process were killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            SparkDefaults.applyTo(new SparkConf())
                .setMaster("local[2]")
                .setAppName("resumed")
                .set("spark.ui.enabled", "false"));
    spark.setLogLevel("ERROR");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @EnumSource
  void runThatEndsAtAnyPointGoesOnToTheSameBits(FaultPoint point) {
    TrainingResult calm = run(settings(STEPS), Checkpoints.none(), GradientPolicy.STOP);
    Random random = new Random(point.name().length());
    int faults = 0;
    killedAfter(3);
    for (int attempt = 0; attempt < 3; attempt++) {
      faults += interrupted(point, point == FaultPoint.RESUMED ? 0 : random.nextInt(4));
    }

    TrainingResult resumed = stored(settings(STEPS), FaultPoint.Listener.none());

    same(resumed, calm);
    assertThat(faults).as("runs that ended at " + point).isBetween(1, 3);
    ENDED.put(point, faults);
    if (ENDED.size() == FaultPoint.values().length) {
      Counts.tell(
          TestResumedRun.class.getName() + ".runThatEndsAtAnyPointGoesOnToTheSameBits",
          "%s runs ended at %s points"
              .formatted(ENDED.values().stream().mapToInt(n -> n).sum(), ENDED.size()));
    }
  }

  /** 1 if the run ended at the point, 0 if it came to its end before. */
  private int interrupted(FaultPoint point, int after) {
    int[] left = {after};
    try {
      stored(
          settings(STEPS),
          reached -> {
            if (reached == point && left[0]-- == 0) {
              throw new Killed();
            }
          });
      return 0;
    } catch (Killed e) {
      return 1;
    }
  }

  @Test
  void runThatEndsEarlyByItsMeasurementsGoesOnToTheSameEnd() {
    TrainingResult calm =
        run(settings(STEPS), Checkpoints.none(), GradientPolicy.STOP, measuring());
    assertThat(calm.steps()).isLessThan(STEPS);
    for (int last = 1; last <= calm.steps(); last += 2) {
      Path own = folder.resolve("" + last);
      int until = last;
      assertThatThrownBy(
              () -> in(own, settings(STEPS), faultAfter(until), measuring(), GradientPolicy.STOP))
          .isInstanceOf(Killed.class);

      TrainingResult resumed =
          in(own, settings(STEPS), FaultPoint.Listener.none(), measuring(), GradientPolicy.STOP);

      same(resumed, calm);
      assertThat(resumed.heldOut()).isEqualTo(calm.heldOut());
    }
  }

  @Test
  void halvedRatesAreRemembered() {
    assertThat(GradientPolicy.HALVE.rateFactor()).isEqualTo(0.5);
    RunMemory memory = memory(new float[] {1, 2});
    memory.multiplyRate(GradientPolicy.HALVE.rateFactor());
    memory.multiplyRate(GradientPolicy.SKIP.rateFactor());
    RunMemory again = memory(new float[2]);

    again.restore(memory.state());

    assertThat(again.rateFactor()).isEqualTo(0.5);
    assertThat(again.theta()).containsExactly(1, 2);
  }

  @Test
  void unfinishedRunOfAnotherRecipeIsRefusedAndTheChangedKeysAreNamed() {
    killedAfter(5);
    Map<String, String> other = settings(STEPS);
    other.put("train.seed", "6");
    other.put("train.learning-rate", "0.1");

    assertThatThrownBy(() -> stored(other, FaultPoint.Listener.none()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot go on with the unfinished run in %s, which has done 4 steps: this run differs in"
                    .formatted(folder)
                + " train.learning-rate: 0.1 here, absent there; train.seed: 6 here, 5 there; give"
                + " it back what it began with, name another output directory, or delete that"
                + " folder to start from the beginning");
  }

  @Test
  void unfinishedRunThatHasDoneMoreThanIsAskedForIsRefused() {
    killedAfter(5);

    assertThatThrownBy(() -> stored(settings(3), FaultPoint.Listener.none()))
        .hasMessageContaining("which has done 4 steps: this run is to have 3 steps;");
  }

  @Test
  void whatMayChangeIsToldAndKept() {
    killedAfter(5);
    StoredCheckpoints[] used = new StoredCheckpoints[1];
    TrainingResult longer = stored(settings(STEPS + 4), FaultPoint.Listener.none(), used);

    assertThat(longer.steps()).isEqualTo(STEPS + 4);
    assertThat(told)
        .contains(
            "going on after step 4 of an interrupted run",
            "changed since it began: train.max-steps: 18 here, 14 there");
    assertThat(used[0].resumption())
        .contains(new Resumption(4, List.of("train.max-steps: 18 here, 14 there")));
    stored(settings(STEPS + 4), FaultPoint.Listener.none(), used);
    assertThat(used[0].resumption())
        .contains(new Resumption(18, List.of("train.max-steps: 18 here, 14 there")));
  }

  @Test
  void finishedRunBeginsAnewUnlessItIsToBeLonger() {
    TrainingResult first = stored(settings(6), FaultPoint.Listener.none());
    finish();
    TrainingResult again = stored(settings(6), FaultPoint.Listener.none());
    finish();
    same(again, first);
    assertThat(steps).hasSize(12);
    Map<String, String> other = settings(6);
    other.put("train.seed", "9");
    stored(other, FaultPoint.Listener.none());
    assertThat(steps).hasSize(18);
    finish();
    other.put("train.max-steps", "9");
    assertThat(stored(other, FaultPoint.Listener.none()).steps()).isEqualTo(9);
    assertThat(steps).hasSize(21);
  }

  @Test
  void runThatHadNotDoneAStepHindersNoOther() {
    stored(settings(6), FaultPoint.Listener.none());
    finish();
    assertThatThrownBy(() -> stored(settings(6), faultAfter(1))).isInstanceOf(Killed.class);
    Map<String, String> other = settings(6);
    other.put("train.seed", "9");

    assertThat(stored(other, FaultPoint.Listener.none()).steps()).isEqualTo(6);
  }

  @Test
  void runGoesOnWhereACheckpointCannotBeWritten() {
    TrainingResult calm = run(settings(STEPS), Checkpoints.none(), GradientPolicy.STOP);
    int[] written = {0};
    FaultPoint.Listener full =
        point -> {
          if (point == FaultPoint.CHECKPOINT_SYNCED && ++written[0] == 2) {
            throw new UserInputException("Cannot write: the disk is full");
          }
        };

    same(stored(settings(STEPS), full), calm);

    assertThat(told).containsExactly("no checkpoint at step 4: Cannot write: the disk is full");
    assertThat(folder.resolve("term-00000001-step-00000014")).isDirectory();
  }

  @Test
  void runThatIsAskedToEndLeavesACheckpointOfItsLastStep() {
    TrainingResult calm = run(settings(STEPS), Checkpoints.none(), GradientPolicy.STOP);
    stop = () -> steps.size() % STEPS == 3 ? Optional.of(FailureCode.TERMINATED) : Optional.empty();

    assertThatThrownBy(() -> stored(settings(STEPS), FaultPoint.Listener.none()))
        .isInstanceOfSatisfying(
            InterruptedRunException.class,
            e -> assertThat(e.code()).isEqualTo(FailureCode.TERMINATED))
        .hasMessage(
            "Interrupted (exit code 143) after step 3, with a checkpoint: the same command goes on"
                + " from there");
    stop = StopSignal.never();
    same(stored(settings(STEPS), FaultPoint.Listener.none()), calm);
    assertThat(told).containsExactly("going on after step 3 of an interrupted run");
  }

  @Test
  void stepThatIsGivenUpCostsNothingBeforeIt() {
    TrainingResult calm = run(settings(STEPS), Checkpoints.none(), GradientPolicy.STOP);
    source =
        new QuadraticSource(
            "given up",
            PARAMETERS,
            batches -> {
              if (GIVEN_UP.get()) {
                throw new IllegalStateException("the step is given up");
              }
            });
    stop = () -> GIVEN_UP.get() ? Optional.of(FailureCode.INTERRUPTED) : Optional.empty();
    FaultPoint.Listener none = FaultPoint.Listener.none();
    try (CheckpointFolder checkpoints = open(folder, none)) {
      StoredCheckpoints stored =
          new StoredCheckpoints(checkpoints, 2, fingerprint(settings(STEPS)), stop, told::add);
      assertThatThrownBy(
              () -> run(settings(STEPS), new GivenUpAfter(5, stored), GradientPolicy.STOP))
          .isInstanceOf(InterruptedRunException.class)
          .hasMessageStartingWith("Interrupted (exit code 130) after step 5, with a checkpoint");
    }
    GIVEN_UP.set(false);
    source = QuadraticSource.of("resumed", PARAMETERS);
    same(stored(settings(STEPS), none), calm);
    assertThat(told).contains("going on after step 5 of an interrupted run");
  }

  @Test
  void lossesOfCheckpointsAreRead() {
    assertThat(HeldOutLoss.parse("3:NaN")).isEqualTo(new HeldOutLoss(3, Double.NaN));
    for (String wrong : List.of("", "3", ":1", "3:", "x:1")) {
      assertThatThrownBy(() -> HeldOutLoss.parse(wrong))
          .hasMessageContaining("a loss that was measured on the way is no number");
    }
    BestLoss fresh = new BestLoss(2, OptionalInt.empty(), (step, theta) -> 1);
    BestLoss other = new BestLoss(2, OptionalInt.empty(), (step, theta) -> 1);
    other.restore(fresh.state());
    assertThat(other.measured()).isEmpty();
    assertThat(other.chosen(1, new float[] {4})).containsExactly(4);
  }

  private void killedAfter(int steps) {
    assertThatThrownBy(() -> stored(settings(STEPS), faultAfter(steps))).isInstanceOf(Killed.class);
  }

  private static FaultPoint.Listener faultAfter(int steps) {
    int[] left = {steps};
    return point -> {
      if (point == FaultPoint.STEP_ENDED && --left[0] == 0) {
        throw new Killed();
      }
    };
  }

  /** Measures a distance that grows again after the sixth step. */
  private static Selection measuring() {
    return new BestLoss(2, OptionalInt.of(2), (step, theta) -> Math.abs(step - 6) + theta[0] * 0);
  }

  private void finish() {
    try (CheckpointFolder checkpoints = open(folder, FaultPoint.Listener.none())) {
      checkpoints.finish();
    }
  }

  private TrainingResult stored(
      Map<String, String> recipe, FaultPoint.Listener faults, StoredCheckpoints... used) {
    try (CheckpointFolder checkpoints = open(folder, faults)) {
      StoredCheckpoints stored =
          new StoredCheckpoints(checkpoints, 2, fingerprint(recipe), stop, told::add);
      if (used.length > 0) {
        used[0] = stored;
      }
      return run(recipe, stored, GradientPolicy.STOP);
    }
  }

  private TrainingResult in(
      Path place,
      Map<String, String> recipe,
      FaultPoint.Listener faults,
      Selection selection,
      GradientPolicy policy) {
    try (CheckpointFolder checkpoints = open(place, faults)) {
      return run(
          recipe,
          new StoredCheckpoints(checkpoints, 2, fingerprint(recipe), stop, told::add),
          policy,
          selection);
    }
  }

  private static CheckpointFolder open(Path place, FaultPoint.Listener faults) {
    return CheckpointFolder.open(
        new LocalStorage(place), CommitStrategy.RENAME, 2, Clock.systemUTC(), faults);
  }

  private TrainingResult run(
      Map<String, String> recipe, Checkpoints checkpoints, GradientPolicy policy) {
    return run(recipe, checkpoints, policy, Selection.last());
  }

  private TrainingResult run(
      Map<String, String> recipe,
      Checkpoints checkpoints,
      GradientPolicy policy,
      Selection selection) {
    TrainingSettings settings =
        new TrainingSettings(
            new PlanSettings(
                5, 8, 3, 20, 3, Integer.parseInt(recipe.get("train.max-steps")), LastStep.DROP),
            0.2,
            RateShape.CONSTANT_WITH_WARMUP,
            WarmUp.ofSteps(2),
            AdamWSettings.defaults(),
            new GlobalNormClip(1000),
            policy);
    Trainer trainer =
        new Trainer(
            spark,
            settings,
            source,
            List.of(new ParameterGroup(0, PARAMETERS, 1, 0.01)),
            steps::add,
            Clock.systemUTC());
    return trainer.train(
        new TrainingRun("run", data(), new float[PARAMETERS], selection, checkpoints));
  }

  private static ExampleSet data() {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[50];
    for (int position = 0; position < lengths.length; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = position + i;
      }
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    return new ExampleSet(spark.parallelize(examples, 2), lengths);
  }

  private static Map<String, String> settings(int steps) {
    return new TreeMap<>(Map.of("train.seed", "5", "train.max-steps", "" + steps));
  }

  private static RunFingerprint fingerprint(Map<String, String> settings) {
    return new RunFingerprint(
        "base", "program", "words", "data", new TreeMap<>(settings), "bits", new TreeMap<>(), 1);
  }

  private static void same(TrainingResult result, TrainingResult calm) {
    assertThat(result.parameters()).containsExactly(calm.parameters());
    assertThat(result.steps()).isEqualTo(calm.steps());
    assertThat(result.lossFirst()).isEqualTo(calm.lossFirst());
    assertThat(result.lossLast()).isEqualTo(calm.lossLast());
    assertThat(result.tokens()).isEqualTo(calm.tokens());
  }

  private static RunMemory memory(float[] initial) {
    return new RunMemory(initial, Selection.last(), UpdateHook.none(), Safeguards.none());
  }
}
