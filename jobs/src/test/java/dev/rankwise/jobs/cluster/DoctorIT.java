package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The verb {@code doctor} on clusters in good health and on sick ones. */
@Tag("cluster")
@Tag("long")
final class DoctorIT {
  private static final Path FOLDER = ClusterFolders.empty("doctor");

  /** Each process has another folder under this name. */
  private static final String NOT_SHARED = "/proc/self/cwd/shared";

  private static SparkHome home;
  private static RealRuns runs;

  @BeforeAll
  static void prepare() throws IOException {
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    runs = RealRuns.prepare(FOLDER.resolve("shared").toUri().toString(), new Configuration());
  }

  /** What it says of a sick cluster is done, and then nothing is left to mend. */
  @Test
  void whatIsWrongIsFoundAndIsMendedByTheOptionsThatItNames()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("sick-cluster"))) {
      cluster.add(home.with("ATEN_CPU_CAPABILITY", "default"));
      Diagnosed sick =
          Diagnosed.of(
              submit(cluster.master(), "sick")
                  .with("spark.driver.maxResultSize", "2m")
                  .with("spark.executor.memoryOverhead", "100m"),
              verb("sick", "--shared", NOT_SHARED));
      assertThat(sick.exitCode()).as(sick.output()).isEqualTo(6);
      assertThat(sick.mended().keySet())
          .containsExactly("folders", "numerics", "overhead", "results");
      assertThat(sick.mended().get("numerics"))
          .containsPattern("Executor [01] \\(127.0.0.1\\) with .*ATEN_CPU_CAPABILITY=default");
      assertThat(sick.mended().get("folders"))
          .contains("Executors 0, 1 (127.0.0.1) cannot see what the driver writes there");
      assertThat(sick.document().path("executors")).hasSize(2);

      SparkSubmit submit = submit(cluster.master(), "mended");
      assertThat(sick.options()).as("three for the bits, two for memory").hasSize(5);
      sick.options().forEach(submit::with);
      Diagnosed well = Diagnosed.of(submit, verb("mended", "--shared", FOLDER.toString()));
      assertThat(well.exitCode()).as(well.output()).isZero();
      assertThat(well.document().path("verdict").asText()).isEqualTo("well");
      assertThat(well.document().path("executors")).hasSize(2);
    }
  }

  @Test
  void executorsWithoutALibraryAndWithGpusAndHeapsThatAreTooLargeAreTold()
      throws IOException, InterruptedException {
    Path script = FOLDER.resolve("gpus.sh");
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\"]}'\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    SparkSubmit submit =
        submit("local-cluster[1,1,2097152]", "devices")
            .with("spark.executor.memory", "1t")
            .with("spark.executorEnv.DJL_CACHE_DIR", "/proc/nobody")
            .with("spark.worker.resource.gpu.amount", "1")
            .with("spark.worker.resource.gpu.discoveryScript", script.toString())
            .with("spark.executor.resource.gpu.amount", "1")
            .with("spark.task.resource.gpu.amount", "1");
    Diagnosed found =
        Diagnosed.of(
            submit,
            List.of("doctor", "--to", FOLDER.resolve("devices.json").toString(), "--wait", "300"));
    assertThat(found.exitCode()).as(found.output()).isEqualTo(6);
    assertThat(found.mended().keySet()).containsExactly("cache", "devices", "library", "memory");
    assertThat(found.mended().get("library")).contains("/proc/nobody", "DJL_CACHE_DIR");
    assertThat(found.document().path("executors").path(0).path("gpus_granted").path(0).asText())
        .as("Spark did grant one")
        .isEqualTo("0");
  }

  @Test
  void clusterThatCannotStartAnExecutorIsToldAndNotWaitedForForever()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("full-cluster"))) {
      Diagnosed found =
          Diagnosed.of(
              submit(cluster.master(), "full").with("spark.executor.memory", "9g"),
              List.of("doctor", "--wait", "5", "--to", FOLDER.resolve("full.json").toString()));
      assertThat(found.exitCode()).as(found.output()).isEqualTo(6);
      assertThat(found.mended().get("executors"))
          .contains("No executor came within 5 seconds on " + cluster.master())
          .contains("spark.executor.memory=9g");
    }
  }

  private static List<String> verb(String name, String... options) throws IOException {
    return Diagnosed.verb(runs, FOLDER, name, options);
  }

  private static SparkSubmit submit(String master, String name) {
    return new SparkSubmit(home, master, ClusterFolders.empty("doctor/" + name))
        .withoutJars()
        .with("spark.executor.cores", "1")
        .with("spark.cores.max", "2");
  }
}
