package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A standalone cluster of a Spark distribution that others made, submitted to by its own {@code
 * spark-submit} with our jar alone and the settings of {@code conf}.
 */
@Tag("cluster")
@Tag("long")
final class DistributionIT {
  private static final Path FOLDER = ClusterFolders.empty("distribution");

  private static SparkHome home;
  private static StandaloneCluster cluster;
  private static RealRuns runs;
  private static String expected;

  @BeforeAll
  static void startCluster() throws IOException, InterruptedException {
    home = SparkHome.distribution();
    // Three, so that in cluster mode one is left for the driver.
    cluster = StandaloneCluster.start(home, 3, FOLDER.resolve("standalone"));
    runs = RealRuns.prepare(FOLDER.resolve("shared").toUri().toString(), new Configuration());
    SparkSubmit.Finished here =
        new SparkSubmit(home, "local[1]", ClusterFolders.empty("distribution/here"))
            .withoutJars()
            .run(runs.tune(FOLDER.resolve("here.yaml"), runs.run("here")));
    assertThat(here.exitCode()).as(here.output()).isZero();
    expected = runs.adapter(runs.run("here"));
    assertThat(expected)
        .isEqualTo(
            Sha256.ofFile(FOLDER.resolve("shared/runs/here/adapter/adapter_model.safetensors")));
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void inClientModeAKilledExecutorChangesNoBit() throws IOException, InterruptedException {
    String run = runs.run("client");
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit("client"),
            "standalone-client",
            runs.tune(FOLDER.resolve("client.yaml"), run),
            run,
            expected);
    Counts.tell(
        "DistributionIT.inClientModeAKilledExecutorChangesNoBit", KilledExecutor.told(finished));
  }

  @Test
  void inClusterModeAKilledExecutorChangesNoBit() throws IOException, InterruptedException {
    String run = runs.run("cluster");
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit("cluster"),
            "standalone-cluster",
            runs.tune(FOLDER.resolve("cluster.yaml"), run),
            run,
            expected);
    Counts.tell(
        "DistributionIT.inClusterModeAKilledExecutorChangesNoBit", KilledExecutor.told(finished));
  }

  private static SparkSubmit submit(String mode) {
    return new SparkSubmit(home, cluster.master(), ClusterFolders.empty("distribution/" + mode))
        .withoutJars()
        .withFile(Path.of("..", "conf", "spark-standalone.conf"))
        .withOption("--deploy-mode", mode)
        .with("spark.cores.max", "2");
  }
}
