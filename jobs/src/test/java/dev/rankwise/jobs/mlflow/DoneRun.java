package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Folders of runs that are done, by their files alone: no test here has to train. */
public final class DoneRun {
  /** The run's times. */
  static final String STARTED = "2026-03-01T02:00:00Z";

  static final String FINISHED = "2026-03-01T02:10:00Z";

  private DoneRun() {}

  /**
   * Writes one.
   *
   * @param folder its folder, which does not exist
   * @param weights what its adapter's file holds
   * @param steps how many it has
   * @param settings settings of its recipe
   * @return hash of the adapter
   */
  public static String write(Path folder, String weights, int steps, String... settings)
      throws IOException {
    Files.createDirectories(folder.resolve("adapter"));
    Path file = folder.resolve("adapter/adapter_model.safetensors");
    Files.writeString(file, weights);
    Files.writeString(folder.resolve("adapter/adapter_config.json"), "{}");
    String sha256 = Sha256.ofFile(file);
    List<String> all =
        new ArrayList<>(
            List.of(
                "output.directory=" + folder, "spark.hadoop.fs.s3a.secret.key=hunter2-of-spark"));
    all.addAll(List.of(settings));
    Recipe recipe =
        Recipe.parse("base: {model: minilm}\ndata: {source: rows.csv}\n", "done.yaml", all);
    Files.writeString(folder.resolve("recipe.yaml"), recipe.toYaml());
    Files.writeString(
        folder.resolve("result.json"),
        """
        {"status": "succeeded", "exit_code": 0, "adapter_sha256": "%s", "steps": %s,
         "loss_last": 0.5, "tokens_per_second": 100.5, "peak_memory_bytes": 1000000,
         "fingerprint_parts": {"libraries.libtorch": "2.7.1"},
         "started": "%s", "finished": "%s", "message": ""}
        """
            .formatted(sha256, steps, STARTED, FINISHED));
    Files.writeString(
        folder.resolve("lineage.json"),
        """
        {"rankwise": "0.1.0", "base": "minilm", "base_sha256": "b5", "data_sha256": "d5",
         "adapter_sha256": "%s", "fingerprint": "f5"}
        """
            .formatted(sha256));
    Files.writeString(
        folder.resolve("evaluation.json"),
        """
        {"before": {"accuracy": 0.5}, "after": {"accuracy": 0.75, "confusion": [[1, 2]],
         "tasks": {"how?": {"mean_loss": 1.5}, "..": {"mean_loss": null}}},
         "on_the_way": [{"step": 2, "mean_loss": 0.75}]}
        """);
    Files.writeString(folder.resolve("report.html"), "<p>a report");
    Files.write(folder.resolve("metrics.jsonl"), lines(steps));
    return sha256;
  }

  private static List<String> lines(int steps) {
    List<String> lines = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"step\":%d,\"epoch\":0,\"loss\":%s,\"learning_rate\":0.001,\"grad_norm\":%s,"
                  + "\"tokens\":10,\"step_seconds\":2.0,\"updated\":true,\"router_load\":[[1]]}",
              step,
              1.0 / step,
              step == 2 ? "null" : "0.25"));
    }
    return lines;
  }
}
