package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The verb {@code doctor} on YARN, with base, rows and run folder on HDFS. */
@Tag("cluster")
@Tag("long")
final class DoctorYarnIT {
  private static final Path FOLDER = ClusterFolders.empty("doctor-yarn");

  /** Each container has another folder under this name. */
  private static final String NOT_SHARED = "/proc/self/cwd/shared";

  private static HadoopCluster hadoop;
  private static SparkHome home;
  private static RealRuns runs;

  @BeforeAll
  static void startYarn() throws IOException, InterruptedException {
    SparkHome distribution = SparkHome.distribution();
    hadoop = HadoopCluster.yarn(FOLDER.resolve("hadoop"));
    home = distribution.with("HADOOP_CONF_DIR", hadoop.configuration().toString());
    runs = RealRuns.prepare(hadoop.fileSystem() + "/rankwise", new Configuration());
  }

  @AfterAll
  static void stopYarn() {
    if (hadoop != null) {
      hadoop.close();
    }
  }

  /** What it says of a sick cluster is done, and then nothing is left to mend. */
  @Test
  void whatIsWrongIsFoundAndIsMendedByTheOptionsThatItNames()
      throws IOException, InterruptedException {
    Diagnosed sick =
        Diagnosed.of(
            submit("client", "sick")
                .with("spark.driver.maxResultSize", "2m")
                .with("spark.executor.memoryOverhead", "300m"),
            Diagnosed.verb(runs, FOLDER, "sick", "--shared", NOT_SHARED));
    assertThat(sick.exitCode()).as(sick.output()).isEqualTo(6);
    assertThat(sick.mended().keySet()).containsExactly("folders", "overhead", "results");
    assertThat(sick.mended().get("overhead")).contains("leaves it 315 MB");
    assertThat(sick.document().path("executors")).hasSize(2);

    SparkSubmit submit = submit("client", "mended");
    assertThat(sick.options())
        .containsOnlyKeys("spark.driver.maxResultSize", "spark.executor.memoryOverhead");
    sick.options().forEach(submit::with);
    Diagnosed well =
        Diagnosed.of(submit, Diagnosed.verb(runs, FOLDER, "mended", "--shared", runs.home()));
    assertThat(well.exitCode()).as(well.output()).isZero();
    assertThat(well.document().path("verdict").asText()).isEqualTo("well");
    assertThat(well.document().path("executors")).hasSize(2);
    assertThat(runs.list(runs.run("mended"))).as("it leaves nothing behind").isEmpty();
  }

  @Test
  void inClusterModeItAsksTheSame() throws IOException, InterruptedException {
    Path recipe = FOLDER.resolve("cluster.yaml");
    List<String> arguments =
        new ArrayList<>(Diagnosed.verb(runs, FOLDER, "cluster", "--shared", NOT_SHARED));
    arguments.set(1, recipe.getFileName().toString());
    Diagnosed found =
        Diagnosed.of(
            submit("cluster", "cluster")
                .withOption("--files", recipe.toString())
                .with("spark.yarn.maxAppAttempts", "1"),
            arguments);
    assertThat(found.exitCode()).as("spark-submit's own").isEqualTo(1);
    assertThat(found.output()).contains("User application exited with status 6");
    assertThat(found.mended()).containsKey("folders");
    assertThat(found.document().path("executors")).hasSize(2);
  }

  /** What other runs of this host have unpacked serves here too. */
  private static String cache() {
    return Path.of(System.getProperty("user.home"), ".djl.ai").toString();
  }

  private static SparkSubmit submit(String mode, String name) {
    return new SparkSubmit(home, "yarn", ClusterFolders.empty("doctor-yarn/" + name))
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
