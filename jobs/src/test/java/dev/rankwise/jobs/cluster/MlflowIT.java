package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.Counts;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Nights of the packaged jar and a real MLflow server, which is away for one of them. */
@Tag("cluster")
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MlflowIT {
  private static final Path FOLDER = ClusterFolders.empty("mlflow");
  private static final Path NIGHTS = FOLDER.resolve("nights");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> QUEUES = List.of("network", "billing", "printer");
  private static final int STEPS = 3;

  private static MlflowProcess mlflow;
  private static SparkHome home;
  private static Path recipe;

  @BeforeAll
  static void startServer() throws IOException, InterruptedException {
    mlflow = MlflowProcess.start(FOLDER.resolve("server"));
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    recipe =
        Files.writeString(
            FOLDER.resolve("nightly.yaml"),
            """
            base: {model: minilm}
            data:
              source: "%s"
              text-column: message
              label-column: queue
              test-fraction: 0.25
              max-tokens: 32
            adapter: {rank: 4, alpha: 8, targets: [query, value], modules-to-save: [classifier, pooler]}
            train: {batch-size: 16, groups: 2, max-steps: %s, learning-rate: 1e-3}
            evaluate: {frozen-base: false}
            nightly: {model: tickets}
            tracking: {mlflow: "%s", experiment: support, timeout-seconds: 60}
            """
                .formatted(rowsFile(), STEPS, mlflow.address()));
  }

  @AfterAll
  static void stopServer() {
    if (mlflow != null) {
      mlflow.close();
    }
  }

  private static Path rowsFile() {
    return FOLDER.resolve("tickets.csv");
  }

  private static void rows(int count) throws IOException {
    List<String> lines = new ArrayList<>(List.of("message,queue"));
    for (int row = 0; row < count; row++) {
      lines.add(
          "the %s of room %s is broken,%s"
              .formatted(QUEUES.get(row % 3), row, QUEUES.get(row % 3)));
    }
    Files.write(rowsFile(), lines);
  }

  private static SparkSubmit.Finished command(String name, String... arguments)
      throws IOException, InterruptedException {
    SparkSubmit.Finished finished =
        new SparkSubmit(home, "local[2]", ClusterFolders.empty("mlflow/driver-" + name))
            .run(List.of(arguments));
    assertThat(finished.exitCode()).as(finished.output()).isZero();
    return finished;
  }

  private static SparkSubmit.Finished night(String name) throws IOException, InterruptedException {
    return command(name, "nightly", recipe.toString(), "--out", NIGHTS.toString());
  }

  private static JsonNode registry() throws IOException {
    return JSON.readTree(NIGHTS.resolve("registry/registry.json").toFile());
  }

  private static JsonNode runs() throws IOException, InterruptedException {
    String experiment =
        mlflow
            .get("experiments/get-by-name?experiment_name=support")
            .path("experiment")
            .path("experiment_id")
            .asText();
    return mlflow
        .post(
            "runs/search",
            "{\"experiment_ids\": [\"%s\"], \"order_by\": [\"attributes.end_time ASC\"]}"
                .formatted(experiment))
        .path("runs");
  }

  private static JsonNode versions() throws IOException, InterruptedException {
    return mlflow.get("model-versions/search?filter=name%3D%27tickets%27").path("model_versions");
  }

  private static String aliased(String alias) throws IOException, InterruptedException {
    return mlflow
        .get("registered-models/alias?name=tickets&alias=" + alias)
        .path("model_version")
        .path("version")
        .asText();
  }

  private static Map<String, String> pairs(JsonNode list) {
    Map<String, String> pairs = new TreeMap<>();
    list.forEach(pair -> pairs.put(pair.path("key").asText(), pair.path("value").asText()));
    return pairs;
  }

  @Test
  @Order(1)
  void nightIsThereWithFiguresFilesAndAliases() throws IOException, InterruptedException {
    rows(60);
    SparkSubmit.Finished first = night("first");
    assertThat(first.output()).contains("MLflow     version 1 is version 1 of model tickets there");

    assertThat(runs()).hasSize(1);
    JsonNode run = runs().get(0);
    JsonNode version = registry().path("versions").get(0);
    assertThat(run.path("info").path("status").asText()).isEqualTo("FINISHED");
    assertThat(pairs(run.path("data").path("params")))
        .containsEntry("adapter.rank", "4")
        .containsEntry("train.max-steps", String.valueOf(STEPS));
    assertThat(pairs(run.path("data").path("tags")))
        .containsEntry("rankwise.run_key", version.path("run_key").asText())
        .containsEntry("rankwise.adapter_sha256", version.path("adapter_sha256").asText());
    requireSteps(run);
    String weights = "adapter/adapter_model.safetensors";
    byte[] sent =
        mlflow.file(
            run.path("info").path("experiment_id").asText(),
            run.path("info").path("run_id").asText(),
            weights);
    assertThat(Sha256.ofBytes(sent)).isEqualTo(version.path("adapter_sha256").asText());
    assertThat(versions()).hasSize(1);
    assertThat(versions().get(0).path("run_id")).isEqualTo(run.path("info").path("run_id"));
    assertThat(aliased("candidate")).isEqualTo("1");
    assertThat(aliased("champion")).isEqualTo("1");
  }

  /** Each step of the run's file is there once, with its value. */
  private static void requireSteps(JsonNode run) throws IOException, InterruptedException {
    String id = run.path("info").path("run_id").asText();
    JsonNode history =
        mlflow.get("metrics/get-history?metric_key=loss&run_id=" + id).path("metrics");
    Path folder = Path.of(pairs(run.path("data").path("params")).get("output.directory"));
    List<String> lines = Files.readAllLines(folder.resolve("metrics.jsonl"));
    assertThat(lines).hasSize(STEPS);
    assertThat(history).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      assertThat(history.get(step).path("step").asInt()).isEqualTo(step + 1);
      assertThat(history.get(step).path("value").asDouble())
          .isEqualTo(JSON.readTree(lines.get(step)).path("loss").asDouble());
    }
  }

  @Test
  @Order(2)
  void whatAServerMissedIsSentOnce() throws IOException, InterruptedException {
    mlflow.stop();
    assertThat(mlflow.isUp()).isFalse();
    rows(75);
    SparkSubmit.Finished away = night("away");
    assertThat(away.output())
        .contains("Not sent   to MLflow at " + mlflow.address() + ": it cannot be reached (")
        .contains("Champion   version 2");
    mlflow.start();
    assertThat(runs()).hasSize(1);

    SparkSubmit.Finished back = command("back", "track", NIGHTS.toString());
    assertThat(back.output()).contains("version 2 is version 2 of model tickets there");
    SparkSubmit.Finished again = command("again", "track", NIGHTS.toString());
    assertThat(again.output())
        .contains("MLflow     has all of " + NIGHTS)
        .doesNotContain("MLflow     run ", "MLflow     version ");

    assertThat(runs()).hasSize(2);
    requireSteps(runs().get(0));
    requireSteps(runs().get(1));
    assertThat(versions()).hasSize(2);
    assertThat(aliased("candidate")).isEqualTo("2");
    assertThat(aliased("champion")).isEqualTo("2");
    Counts.tell("MlflowIT.whatAServerMissedIsSentOnce", "1 night without a server");
  }

  @Test
  @Order(3)
  void rollingBackMovesTheAlias() throws IOException, InterruptedException {
    SparkSubmit.Finished back =
        command("roll-back", "registry", NIGHTS.resolve("registry").toString(), "--roll-back");

    assertThat(back.output()).contains("MLflow     champion is version 1 there");
    assertThat(aliased("champion")).isEqualTo("1");
    assertThat(aliased("candidate")).isEqualTo("2");
  }
}
