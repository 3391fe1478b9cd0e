package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.LightAndDark;
import dev.rankwise.models.Counts;
import dev.rankwise.models.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Methods whose small tensors are more than factors, on a standalone cluster: experts and the
 * routers over them, and a decoder that learns to see beside a teacher. Either adapter is that of a
 * calm run on this host, whoever is killed.
 */
@Tag("cluster")
@Tag("long")
final class MethodsIT {
  private static final Path FOLDER = ClusterFolders.empty("methods");
  private static final String MIXTURE =
      "{method: moe-lora, rank: 2, experts: 4, top-k: 2, router-scope: block, router-jitter: 0.05,"
          + " dropout: 0.1, targets: all-linear}";

  private static SparkHome home;
  private static RealRuns runs;
  private static Path rows;

  @BeforeAll
  static void prepare() throws IOException {
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    rows = LightAndDark.write(Files.createDirectories(FOLDER.resolve("rows")), 240);
    runs =
        new RealRuns(
            FileSystem.newInstance(FOLDER.toUri(), new Configuration()),
            FOLDER.toUri().toString().replaceFirst("/+$", ""));
  }

  @Test
  void mixtureHasTheBytesOfACalmRunWhoeverIsKilled() throws IOException, InterruptedException {
    killed("mixture", "columns: {prompt: label, completion: completion}", MIXTURE);
  }

  @Test
  void sightHasTheBytesOfACalmRunWhoeverIsKilled() throws IOException, InterruptedException {
    Path teacher = Golden.given("models").resolve("vit").toAbsolutePath();
    killed(
        "sight",
        "image-column: image",
        "{method: vora, rank: 8, teacher: \"%s\"}".formatted(teacher));
  }

  /**
   * Runs a recipe here, then on two executors of which one is killed, then with its driver killed.
   *
   * @param seen a line of the recipe's data
   * @param adapter the recipe's adapter
   */
  private static void killed(String name, String seen, String adapter)
      throws IOException, InterruptedException {
    Path recipe = Files.writeString(FOLDER.resolve(name + ".yaml"), recipe(seen, adapter));
    String calm = runs.run(name + "-calm");
    SparkSubmit.Finished here = submit("local[1]", name + "-calm").run(tune(recipe, calm));
    assertThat(here.exitCode()).as(here.output()).isZero();
    String expected = runs.adapter(calm);

    String executor = runs.run(name + "-executor");
    String driver = runs.run(name + "-driver");
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, 2, FOLDER.resolve(name + "-cluster"))) {
      KilledExecutor.changesNoBit(
          runs,
          submit(cluster.master(), name + "-executor"),
          name,
          tune(recipe, executor),
          executor,
          expected);
      SparkSubmit submit = submit(cluster.master(), name + "-driver");
      try (ChildProcess process = submit.start(tune(recipe, driver))) {
        runs.awaitStep(driver, 12, process);
        assertThat(process.isAlive()).as("it is killed while it trains").isTrue();
        process.crash();
      }
      SparkSubmit.Finished last =
          submit(cluster.master(), name + "-taken-up").run(tune(recipe, driver));
      assertThat(last.exitCode()).as(last.output()).isZero();
      assertThat(last.output()).contains("going on after step ");
    }
    assertThat(runs.adapter(driver)).isEqualTo(expected);
    assertThat(runs.lines(driver, "metrics.jsonl")).hasSize(RealRuns.STEPS);
    Counts.tell(
        "MethodsIT." + name + "HasTheBytesOfACalmRunWhoeverIsKilled",
        "1 executor and 1 driver killed");
  }

  private static String recipe(String seen, String adapter) {
    return """
    base: {model: "%s"}
    data:
      source: "%s"
      key-column: id
      row-format: prompt-completion
      %s
      test-fraction: 0.1
      max-tokens: 48
    adapter: %s
    train: {batch-size: 16, groups: 4, max-steps: %s, epochs: 100, learning-rate: 2e-3}
    evaluate: {frozen-base: false}
    output: {checkpoint-every-steps: 4}
    """
        .formatted(
            Path.of("..", "models", "dictionary").toAbsolutePath().normalize(),
            rows,
            seen,
            adapter,
            RealRuns.STEPS);
  }

  private static List<String> tune(Path recipe, String run) {
    return List.of("tune", recipe.toString(), "--out", run);
  }

  private static SparkSubmit submit(String master, String name) {
    return new SparkSubmit(home, master, ClusterFolders.empty("methods/" + name)).withoutJars();
  }
}
