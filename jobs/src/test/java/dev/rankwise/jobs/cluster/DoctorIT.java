package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** Seconds: two executors of a busy machine take their time to come. */
  private static final String PATIENCE = "300";

  private static final Pattern OPTION = Pattern.compile("--conf (\\S+?)=([^\\s,;]+)");

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
      JsonNode sick =
          doctor(
              submit(cluster.master(), "sick")
                  .with("spark.driver.maxResultSize", "2m")
                  .with("spark.executor.memoryOverhead", "100m"),
              "sick",
              6,
              "--shared",
              NOT_SHARED);
      assertThat(mended(sick).keySet())
          .containsExactly("folders", "numerics", "overhead", "results");
      assertThat(mended(sick).get("numerics"))
          .containsPattern("Executor [01] \\(127.0.0.1\\) with .*ATEN_CPU_CAPABILITY=default");
      assertThat(mended(sick).get("folders"))
          .contains("Executors 0, 1 (127.0.0.1) cannot see what the driver writes there");
      assertThat(sick.path("executors")).hasSize(2);

      SparkSubmit mended = submit(cluster.master(), "mended");
      Matcher options = OPTION.matcher(String.join(" ", mended(sick).values()));
      int count = 0;
      while (options.find()) {
        mended.with(options.group(1), options.group(2));
        count++;
      }
      assertThat(count).as("three for the bits, two for memory").isEqualTo(5);
      JsonNode well = doctor(mended, "mended", 0, "--shared", FOLDER.toString());
      assertThat(well.path("verdict").asText()).isEqualTo("well");
      assertThat(well.path("executors")).hasSize(2);
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
    Path to = FOLDER.resolve("devices.json");
    SparkSubmit.Finished finished =
        submit.run(List.of("doctor", "--to", to.toString(), "--wait", PATIENCE));
    assertThat(finished.exitCode()).as(finished.output()).isEqualTo(6);

    JsonNode found = new ObjectMapper().readTree(to.toFile());
    assertThat(mended(found).keySet()).containsExactly("cache", "devices", "library", "memory");
    assertThat(mended(found).get("library")).contains("/proc/nobody", "DJL_CACHE_DIR");
    assertThat(found.path("executors").path(0).path("gpus_granted").path(0).asText())
        .as("Spark did grant one")
        .isEqualTo("0");
  }

  @Test
  void clusterThatCannotStartAnExecutorIsToldAndNotWaitedForForever()
      throws IOException, InterruptedException {
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 1, FOLDER.resolve("full-cluster"))) {
      Path to = FOLDER.resolve("full.json");
      SparkSubmit.Finished finished =
          submit(cluster.master(), "full")
              .with("spark.executor.memory", "9g")
              .run(List.of("doctor", "--wait", "5", "--to", to.toString()));
      assertThat(finished.exitCode()).as(finished.output()).isEqualTo(6);
      assertThat(mended(new ObjectMapper().readTree(to.toFile())).get("executors"))
          .contains("No executor came within 5 seconds on " + cluster.master())
          .contains("spark.executor.memory=9g");
    }
  }

  private static JsonNode doctor(SparkSubmit submit, String name, int exitCode, String... options)
      throws IOException, InterruptedException {
    Path to = FOLDER.resolve(name + ".json");
    List<String> arguments =
        new ArrayList<>(runs.tune(FOLDER.resolve(name + ".yaml"), runs.run(name)));
    arguments.set(0, "doctor");
    arguments.addAll(List.of("--to", to.toString(), "--wait", PATIENCE));
    arguments.addAll(List.of(options));
    SparkSubmit.Finished finished = submit.run(arguments);
    assertThat(finished.exitCode()).as(finished.output()).isEqualTo(exitCode);
    return new ObjectMapper().readTree(to.toFile());
  }

  /** What must be mended and how, by the check that found it. */
  private static Map<String, String> mended(JsonNode document) {
    Map<String, String> mended = new TreeMap<>();
    for (JsonNode check : document.path("checks")) {
      for (JsonNode finding : check.path("findings")) {
        if (finding.path("weight").asText().equals("mend")) {
          mended.merge(
              check.path("check").asText(),
              finding.path("what").asText() + "; " + finding.path("remedy").asText(),
              (a, b) -> a + "; " + b);
        }
      }
    }
    return mended;
  }

  private static SparkSubmit submit(String master, String name) {
    return new SparkSubmit(home, master, ClusterFolders.empty("doctor/" + name))
        .withoutJars()
        .with("spark.executor.cores", "1")
        .with("spark.cores.max", "2");
  }
}
