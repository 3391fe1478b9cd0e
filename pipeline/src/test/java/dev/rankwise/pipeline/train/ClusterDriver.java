package dev.rankwise.pipeline.train;

import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.QuadraticSource;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A driver with two executors, each a process of its own, that trains the same model again and
 * again while its executors are ended. Prints a line for each run: its name, the hash of the
 * parameters, how often its fault happened.
 */
final class ClusterDriver {
  /** Asks for a kill at each moment of each step. */
  static final String EACH = "each";

  private static final int PARAMETERS = 300;
  private static final int EXAMPLES = 96;
  private static final PlanSettings PLAN =
      new PlanSettings(5, 8, 4, 20, 1, PlanSettings.UNLIMITED, LastStep.DROP);

  private ClusterDriver() {}

  /**
   * Runs all.
   *
   * @param arguments a folder that executors may write, options of their Java, and {@value #EACH}
   *     to kill at each moment of each step instead of once in each
   */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    SparkConf conf =
        SparkDefaults.applyTo(new SparkConf())
            .setMaster("local-cluster[2,1,512]")
            .setAppName("lost executors")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.memory", "512m")
            .set("spark.decommission.enabled", "true")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .set("spark.executor.extraJavaOptions", arguments[1]);
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      spark.setLogLevel("ERROR");
      int last = new StepPlan(data(spark).lengths(), PLAN).steps() - 1;
      run(spark, "calm", folder, Moment.BEFORE, "", 0, 0);
      if (arguments.length > 2 && arguments[2].equals(EACH)) {
        for (Moment moment : Moment.values()) {
          kill(spark, folder, moment, "the first step", 0);
          kill(spark, folder, moment, "a step in the middle", last / 2);
          kill(spark, folder, moment, "the last step", last);
        }
        return;
      }
      kill(spark, folder, Moment.BEFORE, "the first step", 0);
      kill(spark, folder, Moment.WITHIN, "a step in the middle", last / 2);
      kill(spark, folder, Moment.AFTER, "the last step", last);
      Moment within = Moment.WITHIN;
      run(spark, "killed three times in one group", folder, within, "KILL", last / 2, 3);
      run(spark, "paused for two seconds", folder, within, "STOP", last / 2, 1);
      run(spark, "decommissioned", folder, within, "PWR", last / 2, 1);
    }
  }

  private static void kill(
      JavaSparkContext spark, Path folder, Moment moment, String where, int step) {
    String name = "killed %s a group of %s".formatted(moment, where);
    run(spark, name, folder, moment, "KILL", step, 1);
  }

  /** When in the computation of a group. */
  private enum Moment {
    /** Nothing of it is computed. */
    BEFORE,
    /** All but its last micro-batch is. */
    WITHIN,
    /** All of it is, and nothing of it sent. */
    AFTER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static void run(
      JavaSparkContext spark,
      String name,
      Path folder,
      Moment moment,
      String signal,
      int step,
      int times) {
    ExampleSet data = data(spark);
    StepPlan plan = new StepPlan(data.lengths(), PLAN);
    List<MicroBatch> batches = plan.step(step).groups().get(1).microBatches();
    int victim = batches.get(batches.size() - 1).positions()[0];
    Path marks = folder.resolve(name.replace(' ', '-'));
    QuadraticSource source =
        new QuadraticSource(
            name, PARAMETERS, new Ending(victim, moment, times, marks.toString(), signal));
    TrainingSettings settings =
        new TrainingSettings(
            PLAN,
            0.2,
            RateShape.LINEAR,
            WarmUp.none(),
            AdamWSettings.defaults(),
            new GlobalNormClip(1000),
            GradientPolicy.STOP);
    float[] trained =
        new Trainer(
                spark,
                settings,
                source,
                List.of(new ParameterGroup(0, PARAMETERS, 1, 0.01)),
                StepListener.silent(),
                Clock.systemUTC())
            .train(new TrainingRun(name, data, new float[PARAMETERS], Selection.last()))
            .parameters();
    int happened = 0;
    while (Files.exists(mark(marks.toString(), happened))) {
      happened++;
    }
    System.out.printf("run: %s: %s: %s%n", name, Sha256.ofBytes(FloatBytes.of(trained)), happened);
  }

  private static Path mark(String marks, int number) {
    return Path.of(marks + "-" + number);
  }

  /** Each example begins with the token of its number. */
  private static ExampleSet data(JavaSparkContext spark) {
    List<TokenExample> examples = new ArrayList<>();
    int[] lengths = new int[EXAMPLES];
    for (int position = 0; position < EXAMPLES; position++) {
      int[] ids = new int[3 + (position * 7) % 11];
      Arrays.fill(ids, 1000 + position);
      ids[0] = position;
      lengths[position] = ids.length;
      examples.add(new TokenExample(position, ids, position % 4));
    }
    return new ExampleSet(spark.parallelize(examples, 3), lengths);
  }

  /**
   * Sends the executor that computes the group of one example a signal, so many times in all.
   *
   * @param victim the example's number
   * @param moment when
   * @param times how many attempts are hit
   * @param marks begin of the names of files that say how often it happened
   * @param signal the signal; empty for none
   */
  private record Ending(int victim, Moment moment, int times, String marks, String signal)
      implements QuadraticSource.Fault {
    private static final long serialVersionUID = 1L;

    @Override
    public void before(List<TokenBatch> microBatches) {
      if (moment == Moment.BEFORE) {
        microBatches.forEach(this::hitIfItHoldsTheVictim);
      }
    }

    @Override
    public void amid(TokenBatch microBatch) {
      if (moment == Moment.WITHIN) {
        hitIfItHoldsTheVictim(microBatch);
      }
    }

    @Override
    public void after(List<TokenBatch> microBatches) {
      if (moment == Moment.AFTER) {
        microBatches.forEach(this::hitIfItHoldsTheVictim);
      }
    }

    private void hitIfItHoldsTheVictim(TokenBatch batch) {
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        if (batch.ids()[batch.offsets()[sequence]] == victim) {
          hit();
        }
      }
    }

    private void hit() {
      for (int number = 0; number < times; number++) {
        try {
          Files.createFile(mark(marks, number));
          send();
          return;
        } catch (FileAlreadyExistsException e) {
          // It happened before.
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private void send() throws IOException {
      long pid = ProcessHandle.current().pid();
      String command =
          signal.equals("STOP")
              ? "kill -STOP %s; sleep 2; kill -CONT %s".formatted(pid, pid)
              : "kill -%s %s".formatted(signal, pid);
      Process sender = new ProcessBuilder("sh", "-c", command).start();
      sender.onExit().join();
    }
  }
}
