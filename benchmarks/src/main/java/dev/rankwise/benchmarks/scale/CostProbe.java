package dev.rankwise.benchmarks.scale;

import dev.rankwise.benchmarks.AdamWBench;
import dev.rankwise.benchmarks.ReduceBench;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.GroupTiming;
import dev.rankwise.pipeline.train.SparkDefaults;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures what a step costs on the driver and in Spark, and writes it down: {@code CostProbe
 * FILE}.
 *
 * <p>Sums and updates come from {@link ReduceBench} and {@link AdamWBench}; jobs, broadcasts and
 * results from a {@code local-cluster} of two executors, each the quickest of some jobs. What
 * depends on a size is the slope between two sizes.
 */
public final class CostProbe {
  private static final int REPEATS = 40;
  private static final int LARGE = 4_000_000;
  private static final int SMALL = 1_000_000;
  private static final int MANY_TASKS = 256;
  private static final int RESULTS = 8;

  private CostProbe() {}

  /** Measures. */
  public static void main(String[] arguments) throws Exception {
    try (PrintWriter out =
        new PrintWriter(Path.of(arguments[0]).toFile(), StandardCharsets.UTF_8)) {
      out.println("# Written by benchmarks/scale: what a step costs, seconds.");
      driver(out);
      SparkConf conf =
          SparkDefaults.applyTo(new SparkConf())
              .setMaster("local-cluster[2,1,1024]")
              .setAppName("cost of a step")
              .set("spark.ui.enabled", "false")
              .set("spark.driver.host", "127.0.0.1")
              .set("spark.driver.bindAddress", "127.0.0.1")
              .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
      try (JavaSparkContext spark = new JavaSparkContext(conf)) {
        spark.setLogLevel("ERROR");
        jobs(out, spark);
        broadcasts(out, spark);
        results(out, spark);
      }
    }
  }

  private static void driver(PrintWriter out) throws RunnerException {
    Collection<RunResult> found =
        new Runner(
                new OptionsBuilder()
                    .include(ReduceBench.class.getName())
                    .include(AdamWBench.class.getName())
                    .param("parameters", "5000000")
                    .forks(1)
                    .verbosity(VerboseMode.SILENT)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(20)
                    .measurementTime(TimeValue.milliseconds(300))
                    .build())
            .run();
    double two = 0;
    double eight = 0;
    double update = 0;
    for (RunResult result : found) {
      double seconds = result.getPrimaryResult().getStatistics().getMin() / 1e6 / 5_000_000;
      String groups = result.getParams().getParam("groups");
      if (groups == null) {
        update = seconds;
      } else if (groups.equals("2")) {
        two = seconds;
      } else {
        eight = seconds;
      }
    }
    double group = (eight - two) / 6;
    say(
        out,
        "ReduceBench, 8 groups less 2, the quickest of 20 stretches",
        "sum-seconds-a-parameter-and-group",
        group);
    say(
        out,
        "ReduceBench, what 2 groups leave",
        "sum-seconds-a-parameter",
        Math.max(two - 2 * group, 1e-12));
    say(out, "AdamWBench", "optimizer-seconds-a-parameter", update);
  }

  private static void jobs(PrintWriter out, JavaSparkContext spark) {
    double one = least(() -> seconds(() -> empty(spark, 1)));
    double many = least(() -> seconds(() -> empty(spark, MANY_TASKS)));
    say(out, "a job of one empty task", "job-seconds", one);
    say(
        out,
        "a job of 256 empty tasks, on two executors",
        "task-seconds",
        (many - one) / (MANY_TASKS - 1));
  }

  private static void empty(JavaSparkContext spark, int tasks) {
    spark.parallelize(Collections.nCopies(tasks, 0), tasks).map(value -> value).collect();
  }

  private static void broadcasts(PrintWriter out, JavaSparkContext spark) {
    double made = least(() -> handedOut(spark, LARGE)[0]) - least(() -> handedOut(spark, SMALL)[0]);
    double read = least(() -> handedOut(spark, LARGE)[1]) - least(() -> handedOut(spark, SMALL)[1]);
    double bytes = (double) Float.BYTES * (LARGE - SMALL);
    say(out, "a broadcast of 16 MB less one of 4 MB", "hand-out-seconds-a-byte", made / bytes);
    say(out, "the same, read by one executor", "read-seconds-a-byte", read / bytes);
  }

  /** Seconds to make a broadcast, and of a job of one task that reads it. */
  private static double[] handedOut(JavaSparkContext spark, int parameters) {
    float[] theta = new float[parameters];
    Arrays.fill(theta, 0.5f);
    long began = System.nanoTime();
    try (HandedParameters handed = HandedParameters.of(spark, theta)) {
      double made = (System.nanoTime() - began) / 1e9;
      double read =
          seconds(
              () -> spark.parallelize(List.of(0), 1).map(task -> handed.floats().length).collect());
      return new double[] {made, read};
    }
  }

  /** With more tasks than slots, so that the driver takes in one result while others are made. */
  private static void results(PrintWriter out, JavaSparkContext spark) {
    double large = least(() -> seconds(() -> collected(spark, LARGE)));
    double small = least(() -> seconds(() -> collected(spark, SMALL)));
    double bytes = (double) RESULTS * Float.BYTES * (LARGE - SMALL);
    say(
        out,
        "8 results of 16 MB less 8 of 4 MB, from two executors",
        "collect-seconds-a-byte",
        (large - small) / bytes);
  }

  private static void collected(JavaSparkContext spark, int parameters) {
    spark
        .parallelize(Collections.nCopies(RESULTS, 0), RESULTS)
        .map(
            task ->
                new GroupGradient(
                    0,
                    0,
                    new byte[Float.BYTES * parameters],
                    0,
                    1,
                    1,
                    List.of(),
                    true,
                    0,
                    new GroupTiming(0, 1)))
        .collect();
  }

  private static double seconds(Runnable work) {
    long began = System.nanoTime();
    work.run();
    return (System.nanoTime() - began) / 1e9;
  }

  /** Of many runs, the first of which warm the machine: other work only adds. */
  private static double least(DoubleSupplier run) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      least = Math.min(least, run.getAsDouble());
    }
    return least;
  }

  private static void say(PrintWriter out, String source, String key, double value) {
    out.printf(Locale.ROOT, "# %s%n%s=%.4g%n", source, key, value);
  }
}
