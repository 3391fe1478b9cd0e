package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Counts;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Base, rows and run folder on HDFS, with executors on a standalone cluster: the adapter is that of
 * a run on this host, whatever is killed.
 */
@Tag("cluster")
@Tag("long")
final class HdfsIT {
  private static final Path FOLDER = ClusterFolders.empty("hdfs");

  private static HadoopCluster hadoop;
  private static StandaloneCluster spark;
  private static SparkHome home;
  private static RealRuns runs;
  private static String expected;

  @BeforeAll
  static void startClusters() throws IOException, InterruptedException {
    hadoop = HadoopCluster.hdfs(FOLDER.resolve("hadoop"));
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    spark = StandaloneCluster.start(home, 2, FOLDER.resolve("standalone"));
    runs = RealRuns.prepare(hadoop.fileSystem() + "/rankwise", new Configuration());
    expected = adapterOfALocalRun();
  }

  private static String adapterOfALocalRun() throws IOException, InterruptedException {
    Path folder = FOLDER.resolve("here");
    Path run = folder.resolve("run");
    finish(submit("local[1]", "here"), runs.tune(FOLDER.resolve("here.yaml"), run.toString()));
    return Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors"));
  }

  @AfterAll
  static void stopClusters() {
    if (spark != null) {
      spark.close();
    }
    if (hadoop != null) {
      hadoop.close();
    }
  }

  @Test
  void runFolderIsWholeThoughAnExecutorWasKilled() throws IOException, InterruptedException {
    String run = runs.run("executor");
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit(spark.master(), "executor"),
            "hdfs",
            runs.tune(FOLDER.resolve("executor.yaml"), run),
            run,
            expected);
    assertThat(runs.list(run))
        .containsExactlyInAnyOrder(
            ".rankwise",
            "adapter",
            "checkpoints",
            "data",
            "evaluation.json",
            "lineage.json",
            "metrics.jsonl",
            "recipe.yaml",
            "report.html",
            "result.json",
            "row-ids.bin",
            "tensorboard");
    assertThat(finished.output()).contains(run + "/report.html");
    Counts.tell("HdfsIT.runFolderIsWholeThoughAnExecutorWasKilled", KilledExecutor.told(finished));
  }

  @Test
  void killedDriverIsTakenUpAndASecondOneIsTurnedAway() throws IOException, InterruptedException {
    String run = runs.run("driver");
    List<String> tune = runs.tune(FOLDER.resolve("driver.yaml"), run);
    try (ChildProcess driver = submit(spark.master(), "driver").start(tune)) {
      runs.awaitStep(run, 12, driver);
      SparkSubmit.Finished second = submit("local[1]", "second").run(tune);
      assertThat(second.exitCode()).as(second.output()).isEqualTo(8);
      assertThat(second.output()).contains("Cannot write to " + run + ": held by process ");
      assertThat(driver.isAlive()).as("it is killed while it trains").isTrue();
      driver.crash();
    }
    assertThat(runs.json(run, "result.json").path("status").asText()).isEqualTo("running");

    SparkSubmit.Finished last = finish(submit(spark.master(), "taken-up"), tune);

    assertThat(last.output()).contains("going on after step ");
    JsonNode result = runs.json(run, "result.json");
    assertThat(result.path("resumed_after_step").asInt()).isBetween(12, RealRuns.STEPS);
    assertThat(runs.lines(run, "metrics.jsonl")).hasSize(RealRuns.STEPS);
    assertThat(runs.adapter(run)).isEqualTo(expected);
    Counts.tell(
        "HdfsIT.killedDriverIsTakenUpAndASecondOneIsTurnedAway",
        "1 driver killed in a run of %s steps".formatted(RealRuns.STEPS));
  }

  /**
   * Hadoop closes the file systems of a process that is asked to end, which this run still needs.
   */
  @Test
  void driverThatIsAskedToEndSaysSoAndGivesTheFolderBack()
      throws IOException, InterruptedException {
    String run = runs.run("asked");
    List<String> tune = runs.tune(FOLDER.resolve("asked.yaml"), run);
    try (ChildProcess driver = submit(spark.master(), "asked").start(tune)) {
      runs.awaitStep(run, 8, driver);
      driver.terminate();
      assertThat(driver.exitCode(Duration.ofMinutes(1))).as(driver.tail()).isEqualTo(143);
    }
    JsonNode result = runs.json(run, "result.json");
    assertThat(result.path("status").asText()).isEqualTo("interrupted");
    assertThat(result.path("exit_code").asInt()).isEqualTo(143);
    for (String lease : List.of(".rankwise/lease/", "checkpoints/lease/")) {
      List<String> beats = runs.list(run + "/" + lease);
      assertThat(beats).hasSize(1);
      assertThat(runs.json(run, lease + beats.get(0)).path("released").asBoolean())
          .as("the lock was given back")
          .isTrue();
    }
  }

  @Test
  void runIsReadFromThere() throws IOException, InterruptedException {
    String run = runs.run("read");
    List<String> tune = new ArrayList<>(runs.tune(FOLDER.resolve("read.yaml"), run));
    tune.addAll(List.of("--set", "train.max-steps=4"));
    finish(submit("local[1]", "read"), tune);

    SparkSubmit.Finished evaluated =
        finish(submit(spark.master(), "evaluate"), List.of("evaluate", run));
    assertThat(evaluated.output()).contains("accuracy");
    assertThat(finish(submit("local[1]", "inspect"), List.of("inspect", run)).output())
        .contains("Run " + run);
  }

  private static SparkSubmit.Finished finish(SparkSubmit submit, List<String> arguments)
      throws IOException, InterruptedException {
    SparkSubmit.Finished finished = submit.run(arguments);
    assertThat(finished.exitCode()).as(finished.output()).isZero();
    return finished;
  }

  private static SparkSubmit submit(String master, String name) {
    return new SparkSubmit(home, master, ClusterFolders.empty("hdfs/" + name))
        .withoutJars()
        .withFile(Path.of("..", "conf", "spark-hdfs.conf"));
  }
}
