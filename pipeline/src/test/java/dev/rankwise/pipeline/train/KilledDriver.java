package dev.rankwise.pipeline.train;

import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.checkpoint.CheckpointFolder;
import dev.rankwise.pipeline.checkpoint.CommitStrategy;
import dev.rankwise.pipeline.checkpoint.FaultPoint;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A driver that trains with checkpoints in a folder and kills itself at a point of it, or goes on
 * to the end and prints the step after which it began and the hash of the parameters.
 */
final class KilledDriver {
  private static final int PARAMETERS = 300;
  private static final int EXAMPLES = 48;
  private static final int STEPS = 40;

  private KilledDriver() {}

  /**
   * Trains.
   *
   * @param arguments the folder, the name of the {@link FaultPoint} or {@code none}, and how often
   *     that is passed before
   */
  public static void main(String[] arguments) {
    int[] left = {Integer.parseInt(arguments[2])};
    FaultPoint.Listener faults =
        point -> {
          if (point.name().equals(arguments[1]) && left[0]-- == 0) {
            kill();
          }
        };
    SparkConf conf =
        SparkDefaults.applyTo(new SparkConf())
            .setMaster("local[1]")
            .setAppName("killed driver")
            .set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        CheckpointFolder checkpoints =
            CheckpointFolder.open(
                new LocalStorage(Path.of(arguments[0])),
                CommitStrategy.RENAME,
                2,
                Clock.systemUTC(),
                faults)) {
      spark.setLogLevel("ERROR");
      List<StepMetrics> steps = new ArrayList<>();
      StoredCheckpoints stored =
          new StoredCheckpoints(checkpoints, 2, fingerprint(), StopSignal.never(), told -> {});
      float[] trained =
          new Trainer(
                  spark,
                  settings(),
                  QuadraticSource.of("killed", PARAMETERS),
                  List.of(new ParameterGroup(0, PARAMETERS, 1, 0.01)),
                  steps::add,
                  Clock.systemUTC())
              .train(
                  new TrainingRun(
                      "killed", data(spark), new float[PARAMETERS], Selection.last(), stored))
              .parameters();
      System.out.println(
          "trained: %s: %s"
              .formatted(STEPS - steps.size(), Sha256.ofBytes(FloatBytes.of(trained))));
    }
  }

  /** As the operating system does when memory is short: nothing is tidied up. */
  private static void kill() {
    try {
      String own = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-9", own).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    throw new IllegalStateException("It lives on");
  }

  private static TrainingSettings settings() {
    return new TrainingSettings(
        new PlanSettings(5, 8, 3, 20, 10, STEPS, LastStep.DROP),
        0.2,
        RateShape.CONSTANT_WITH_WARMUP,
        WarmUp.ofSteps(2),
        AdamWSettings.defaults(),
        new GlobalNormClip(1000),
        GradientPolicy.STOP);
  }

  private static RunFingerprint fingerprint() {
    return new RunFingerprint(
        "base", "program", "words", "data", new TreeMap<>(), "bits", new TreeMap<>(), 1);
  }

  private static ExampleSet data(JavaSparkContext spark) {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[EXAMPLES];
    for (int position = 0; position < EXAMPLES; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      Arrays.fill(ids, 1000 + position);
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    return new ExampleSet(spark.parallelize(examples, 2), lengths);
  }
}
