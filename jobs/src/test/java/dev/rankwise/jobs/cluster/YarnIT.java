package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * YARN with the settings of {@code conf/spark-yarn.conf}, submitted to by a Spark distribution that
 * others made: the adapter is that of a run on this host, whatever is killed.
 */
@Tag("cluster")
@Tag("long")
final class YarnIT {
  private static final Path FOLDER = ClusterFolders.empty("yarn");

  private static HadoopCluster hadoop;
  private static SparkHome home;
  private static RealRuns runs;
  private static String expected;

  @BeforeAll
  static void startYarn() throws IOException, InterruptedException {
    SparkHome distribution = SparkHome.distribution();
    hadoop = HadoopCluster.yarn(FOLDER.resolve("hadoop"));
    home = distribution.with("HADOOP_CONF_DIR", hadoop.configuration().toString());
    runs = RealRuns.prepare(hadoop.fileSystem() + "/rankwise", new Configuration());
    Path run = FOLDER.resolve("run");
    SparkSubmit.Finished here =
        new SparkSubmit(home, "local[1]", ClusterFolders.empty("yarn/here"))
            .withoutJars()
            .run(runs.tune(FOLDER.resolve("here.yaml"), run.toString()));
    assertThat(here.exitCode()).as(here.output()).isZero();
    expected = Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors"));
  }

  @AfterAll
  static void stopYarn() {
    if (hadoop != null) {
      hadoop.close();
    }
  }

  @Test
  void inClientModeAKilledExecutorChangesNoBit() throws IOException, InterruptedException {
    String run = runs.run("client");
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit("client", "client"),
            "yarn-client",
            runs.tune(FOLDER.resolve("client.yaml"), run),
            run,
            expected);
    Counts.tell("YarnIT.inClientModeAKilledExecutorChangesNoBit", KilledExecutor.told(finished));
  }

  @Test
  void inClusterModeAKilledExecutorChangesNoBit() throws IOException, InterruptedException {
    String run = runs.run("cluster");
    List<String> arguments = shipped(runs.tune(FOLDER.resolve("cluster.yaml"), run));
    SparkSubmit.Finished finished =
        KilledExecutor.changesNoBit(
            runs,
            submit("cluster", "cluster")
                .withOption("--files", FOLDER.resolve("cluster.yaml").toString()),
            "yarn-cluster",
            arguments,
            run,
            expected);
    assertThat(finished.output()).contains("final status: SUCCEEDED");
    Counts.tell("YarnIT.inClusterModeAKilledExecutorChangesNoBit", KilledExecutor.told(finished));
  }

  @Test
  void inClusterModeTheExitCodeIsAmongWhatYarnTells() throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(shipped(runs.tune(FOLDER.resolve("wrong.yaml"), runs.run("wrong"))));
    arguments.addAll(List.of("--set", "data.label-column=nosuch"));
    SparkSubmit.Finished finished =
        submit("cluster", "wrong")
            .withOption("--files", FOLDER.resolve("wrong.yaml").toString())
            .with("spark.yarn.maxAppAttempts", "1")
            .run(arguments);
    assertThat(finished.exitCode()).isEqualTo(1);
    assertThat(finished.output())
        .contains("final status: FAILED", "User application exited with status 3");
  }

  /** The driver finds what is shipped with it in its own folder, by its name alone. */
  private static List<String> shipped(List<String> arguments) {
    List<String> there = new ArrayList<>(arguments);
    there.set(1, Path.of(arguments.get(1)).getFileName().toString());
    return there;
  }

  /** What other runs of this host have unpacked serves here too. */
  private static String cache() {
    return Path.of(System.getProperty("user.home"), ".djl.ai").toString();
  }

  private static SparkSubmit submit(String mode, String name) {
    return new SparkSubmit(home, "yarn", ClusterFolders.empty("yarn/" + name))
        .withoutJars()
        .withFile(Path.of("..", "conf", "spark-yarn.conf"))
        .withOption("--deploy-mode", mode)
        .with("spark.executor.instances", "2")
        .with("spark.executor.cores", "1")
        .with("spark.executorEnv.DJL_CACHE_DIR", cache())
        .with("spark.yarn.appMasterEnv.DJL_CACHE_DIR", cache())
        .with("spark.yarn.jars", "local:" + home.folder() + "/jars/*");
  }
}
