package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Base, rows and run folder in an object store, with executors on a standalone cluster and the
 * settings of {@code conf/spark-s3.conf}.
 */
@Tag("cluster")
@Tag("long")
final class ObjectStoreIT {
  private static final Path FOLDER = ClusterFolders.empty("s3");

  private static ObjectStore store;
  private static StandaloneCluster spark;
  private static SparkHome home;
  private static RealRuns runs;
  private static String expected;

  @BeforeAll
  static void startClusters() throws IOException, InterruptedException {
    store = ObjectStore.start(FOLDER.resolve("moto"));
    home =
        SparkHome.create(FOLDER.resolve("spark-home"))
            .with("AWS_ACCESS_KEY_ID", "any")
            .with("AWS_SECRET_ACCESS_KEY", "any");
    spark = StandaloneCluster.start(home, 2, FOLDER.resolve("standalone"));
    runs = RealRuns.prepare(store.bucket() + "/home", store.configuration());
    Path run = FOLDER.resolve("here/run");
    SparkSubmit.Finished here =
        submit("local[1]", "here").run(runs.tune(FOLDER.resolve("here.yaml"), run.toString()));
    assertThat(here.exitCode()).as(here.output()).isZero();
    expected = Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors"));
  }

  @AfterAll
  static void stopClusters() {
    if (spark != null) {
      spark.close();
    }
    if (store != null) {
      store.close();
    }
  }

  @Test
  void runFolderIsWholeThoughAnExecutorWasKilled() throws IOException, InterruptedException {
    String run = runs.run("executor");
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit(spark.master(), "executor"),
            "s3",
            runs.tune(FOLDER.resolve("executor.yaml"), run),
            run,
            expected);
    assertThat(runs.list(run + "/adapter")).contains("committed", "adapter_config.json");
    assertThat(runs.list(run + "/.rankwise/begun")).isEmpty();
    assertThat(finished.output()).doesNotContain("secret.key");
    Counts.tell(
        "ObjectStoreIT.runFolderIsWholeThoughAnExecutorWasKilled", KilledExecutor.told(finished));
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
    SparkSubmit.Finished last = submit(spark.master(), "taken-up").run(tune);

    assertThat(last.exitCode()).as(last.output()).isZero();
    assertThat(last.output()).contains("going on after step ");
    assertThat(runs.adapter(run)).isEqualTo(expected);
    Counts.tell("ObjectStoreIT.killedDriverIsTakenUpAndASecondOneIsTurnedAway", "1 driver killed");
  }

  private static SparkSubmit submit(String master, String name) throws IOException {
    SparkSubmit submit =
        new SparkSubmit(home, master, ClusterFolders.empty("s3/" + name))
            .withoutJars()
            .withFile(Path.of("..", "conf", "spark-s3.conf"))
            .withJars(ObjectStore.jars());
    store.settings().forEach((key, value) -> submit.with("spark.hadoop." + key, value));
    return submit;
  }
}
