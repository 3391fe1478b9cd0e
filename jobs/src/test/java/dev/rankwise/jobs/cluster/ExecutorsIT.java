package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Executors that come and go by themselves, and executors that are unlike each other. */
@Tag("cluster")
@Tag("long")
final class ExecutorsIT {
  private static final Path FOLDER = ClusterFolders.empty("executors");

  /** A step keeps one executor busy for longer than the second after which Spark asks for more. */
  private static final List<String> LONG_STEPS =
      List.of("--set", "train.batch-size=384", "--set", "train.max-steps=6");

  private static SparkHome home;
  private static RealRuns runs;
  private static String expected;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    runs = RealRuns.prepare(FOLDER.resolve("shared").toUri().toString(), new Configuration());
    finish(submit("local[1]", "here").run(tune("here", List.of())), 0);
    expected = runs.adapter(runs.run("here"));
  }

  @Test
  void executorsThatComeAndGoWhileItTrainsChangeNoBit() throws IOException, InterruptedException {
    finish(submit("local[1]", "calm").run(tune("calm", LONG_STEPS)), 0);
    SparkSubmit.Finished moving;
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 3, FOLDER.resolve("dynamic-cluster"))) {
      moving =
          finish(
              submit(cluster.master(), "dynamic")
                  .with("spark.executor.cores", "1")
                  .with("spark.dynamicAllocation.enabled", "true")
                  .with("spark.dynamicAllocation.shuffleTracking.enabled", "true")
                  .with("spark.dynamicAllocation.shuffleTracking.timeout", "1s")
                  .with("spark.dynamicAllocation.initialExecutors", "1")
                  .with("spark.dynamicAllocation.minExecutors", "1")
                  .with("spark.dynamicAllocation.maxExecutors", "3")
                  .with("spark.dynamicAllocation.executorIdleTimeout", "1s")
                  .with("spark.dynamicAllocation.cachedExecutorIdleTimeout", "1s")
                  .run(tune("dynamic", LONG_STEPS)),
              0);
    }
    EventLog events = moving.events();
    assertThat(events.came()).as("came while it trained").isNotEmpty();
    assertThat(events.went()).as("went while it trained").isNotEmpty();
    assertThat(runs.adapter(runs.run("dynamic"))).isEqualTo(runs.adapter(runs.run("calm")));
    Counts.tell(
        "ExecutorsIT.executorsThatComeAndGoWhileItTrainsChangeNoBit",
        "%s came and %s went in 6 steps".formatted(events.came().size(), events.went().size()));
  }

  @Test
  void executorAtAnotherVectorLevelIsRefusedAndBothAreNamed()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("levels-cluster"))) {
      cluster.add(home.with("ATEN_CPU_CAPABILITY", "default"));
      SparkSubmit.Finished refused =
          submit(cluster.master(), "levels")
              .with("spark.scheduler.minRegisteredResourcesRatio", "1.0")
              .run(tune("levels", List.of()));
      finish(refused, 6);
      assertThat(refused.output())
          .containsPattern(
              "Executors 0 \\(127.0.0.1: .*\\) and 1 \\(127.0.0.1: .*\\) compute fixed kernels to"
                  + " different bits")
          .contains("ATEN_CPU_CAPABILITY=default)");
    }
  }

  /** Who joins later is asked when it opens the model. */
  @Test
  void executorAtAnotherVectorLevelThatJoinsLaterIsRefusedAndBothAreNamed()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("joining-cluster"))) {
      SparkSubmit submit = submit(cluster.master(), "joining");
      SparkSubmit.Finished refused;
      try (ChildProcess driver =
          submit.start(tune("joining", List.of("--set", "train.batch-size=384")))) {
        runs.awaitStep(runs.run("joining"), 4, driver);
        cluster.add(home.with("ATEN_CPU_CAPABILITY", "default"));
        refused = submit.finished(driver);
      }
      finish(refused, 6);
      assertThat(refused.output())
          .containsPattern(
              "An executor that joined the run \\(.*, ATEN_CPU_CAPABILITY=default\\) computes fixed"
                  + " kernels to other bits than those it began with \\([^=]*\\): ");
      assertThat(refused.events().came()).as("the executor that joined").hasSize(1);
    }
    Counts.tell(
        "ExecutorsIT.executorAtAnotherVectorLevelThatJoinsLaterIsRefusedAndBothAreNamed",
        "1 joined");
  }

  @Test
  void executorThatMayUseFewerThreadsIsRefusedAndBothNumbersAreNamed()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("limited-cluster"))) {
      cluster.add(home.with("OMP_THREAD_LIMIT", "1"));
      SparkSubmit.Finished refused =
          submit(cluster.master(), "limited")
              .with("spark.scheduler.minRegisteredResourcesRatio", "1.0")
              .run(tune("limited", List.of("--set", "train.threads=2")));
      finish(refused, 6);
      assertThat(refused.output())
          .contains(
              "Cannot compute with 2 threads in a task: OMP_THREAD_LIMIT=1 in the environment of"
                  + " the executor allows 1");
    }
  }

  @Test
  void settingsOfThreadsInTheEnvironmentOfAnExecutorChangeNoBit()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("threads-cluster"))) {
      cluster.add(
          home.with("OMP_NUM_THREADS", "3")
              .with("MKL_NUM_THREADS", "3")
              .with("MKL_DYNAMIC", "TRUE"));
      SparkSubmit.Finished finished =
          submit(cluster.master(), "threads")
              .with("spark.scheduler.minRegisteredResourcesRatio", "1.0")
              .run(tune("threads", List.of()));
      finish(finished, 0);
      assertThat(finished.events().executors()).hasSize(2);
    }
    assertThat(runs.adapter(runs.run("threads"))).isEqualTo(expected);
  }

  /** Long enough for everybody who waits for it to be sure that it is gone. */
  @Test
  void executorThatIsPausedForAMinuteChangesNoBit() throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 2, FOLDER.resolve("paused-cluster"))) {
      SparkSubmit submit = submit(cluster.master(), "paused").marked("paused");
      SparkSubmit.Finished finished;
      try (ChildProcess driver = submit.start(tune("paused", List.of()));
          StoppedProcess stopped = stopped("paused", driver)) {
        Thread.sleep(60_000);
        assertThat(stopped.isStopped()).as("a minute later").isTrue();
        assertThat(driver.isAlive()).as("it waits").isTrue();
        stopped.goOn();
        finished = submit.finished(driver);
      }
      finish(finished, 0);
      assertThat(finished.events().failedTasks()).as("nobody was given up").isZero();
    }
    assertThat(runs.adapter(runs.run("paused"))).isEqualTo(expected);
    Counts.tell("ExecutorsIT.executorThatIsPausedForAMinuteChangesNoBit", "1 paused for 60 s");
  }

  /** Of a task that is slow a second copy is computed elsewhere; the first one to end counts. */
  @Test
  void slowExecutorUnderSpeculationChangesNoBit() throws IOException, InterruptedException {
    SparkSubmit.Finished finished;
    long begun;
    int stops;
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("slow-cluster"))) {
      // Spark gives no host two copies of a task; this one has another address of the same device.
      cluster.add(
          home.with("SPARK_LOCAL_IP", "127.0.0.2").with("SPARK_LOCAL_HOSTNAME", "127.0.0.2"));
      SparkSubmit submit =
          submit(cluster.master(), "slow")
              .marked("slow")
              .with("spark.speculation", "true")
              .with("spark.speculation.quantile", "0.5")
              .with("spark.speculation.multiplier", "1.1")
              .with("spark.speculation.interval", "100ms");
      try (ChildProcess driver = submit.start(tune("slow", List.of()))) {
        runs.awaitStep(runs.run("slow"), 8, driver);
        begun = System.currentTimeMillis();
        try (SlowedProcess slow = SlowedProcess.slow(new Executors("slow").alive().get(0))) {
          runs.awaitStep(runs.run("slow"), 28, driver);
          stops = slow.stops();
        }
        finished = submit.finished(driver);
      }
    }
    finish(finished, 0);
    long overtook = finished.events().overtook().stream().filter(time -> time > begun).count();
    assertThat(stops).as("stops of the slow executor").isPositive();
    assertThat(overtook).as("second copies that were faster").isPositive();
    assertThat(runs.adapter(runs.run("slow"))).isEqualTo(expected);
    Counts.tell(
        "ExecutorsIT.slowExecutorUnderSpeculationChangesNoBit",
        "%s second copies were faster than an executor that was stopped %s times"
            .formatted(overtook, stops));
  }

  /** Its host has the base's file too, with another byte in it. */
  @Test
  void replacementWithAnotherFileOfTheBaseIsRefusedByItsHash()
      throws IOException, InterruptedException {
    Path shared = FOLDER.resolve("changed-shared");
    RealRuns own = RealRuns.prepare(shared.toUri().toString(), new Configuration());
    List<String> tune = own.tune(FOLDER.resolve("changed.yaml"), own.run("changed"));
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("changed-cluster"))) {
      SparkSubmit submit = submit(cluster.master(), "changed").marked("changed");
      SparkSubmit.Finished refused;
      try (ChildProcess driver = submit.start(tune)) {
        own.awaitStep(own.run("changed"), 4, driver);
        Path file = shared.resolve("base/model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        // Without the local form of the base that the other one made.
        cluster.add(
            home.with("RANKWISE_CACHE_DIR", ClusterFolders.empty("executors/cache").toString()));
        refused = submit.finished(driver);
      }
      finish(refused, 4);
      assertThat(refused.output())
          .containsPattern("has SHA-256 \\w{64} on this host, but \\w{64} is needed");
      assertThat(refused.events().came()).as("the executor that joined").hasSize(1);
    }
  }

  /** Stops an executor in the middle of a run. */
  private static StoppedProcess stopped(String name, ChildProcess driver)
      throws IOException, InterruptedException {
    runs.awaitStep(runs.run(name), 8, driver);
    return StoppedProcess.stop(new Executors(name).alive().get(0));
  }

  private static List<String> tune(String name, List<String> settings) throws IOException {
    List<String> arguments =
        new ArrayList<>(runs.tune(FOLDER.resolve(name + ".yaml"), runs.run(name)));
    arguments.addAll(settings);
    return arguments;
  }

  private static SparkSubmit.Finished finish(SparkSubmit.Finished finished, int exitCode) {
    assertThat(finished.exitCode()).as(finished.output()).isEqualTo(exitCode);
    return finished;
  }

  private static SparkSubmit submit(String master, String name) {
    return new SparkSubmit(home, master, ClusterFolders.empty("executors/" + name)).withoutJars();
  }
}
