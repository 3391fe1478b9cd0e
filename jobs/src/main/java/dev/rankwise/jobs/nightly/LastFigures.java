package dev.rankwise.jobs.nightly;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the champion reached on a night's held-out rows: {@value #FILE} in the folder of the nights.
 *
 * @param runKey the night
 * @param version the champion
 * @param figures its figures by their names
 */
record LastFigures(String runKey, int version, SortedMap<String, Double> figures) {
  static final String FILE = "last.json";
  private static final int MOST_BYTES = 16 << 20;
  private static final String TASKS = "tasks";

  LastFigures {
    figures = Collections.unmodifiableSortedMap(new TreeMap<>(figures));
  }

  boolean isOf(String otherRunKey, int otherVersion) {
    return runKey.equals(otherRunKey) && version == otherVersion;
  }

  void commit(RunFolder folder) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run_key", runKey);
    fields.put("version", version);
    fields.put("figures", figures);
    JsonFile.commit(folder, FILE, fields);
  }

  /** What lies there; empty if nothing does. */
  static Optional<LastFigures> read(RunFolder folder) {
    return folder
        .read(FILE, MOST_BYTES)
        .map(bytes -> StrictJson.parse(bytes, folder.address(FILE)))
        .map(
            json ->
                new LastFigures(
                    json.path("run_key").asText(),
                    json.path("version").asInt(),
                    of(json.path("figures"))));
  }

  /** The figures of a model. */
  static SortedMap<String, Double> of(Metrics metrics) {
    byte[] text = JsonFile.text(metrics.fields()).getBytes(StandardCharsets.UTF_8);
    return of(StrictJson.parse(text, "figures"));
  }

  /** All numbers of an evaluation by their names, those of tasks after the task's. */
  static SortedMap<String, Double> of(JsonNode evaluation) {
    SortedMap<String, Double> figures = new TreeMap<>();
    numbers(evaluation, "", figures);
    evaluation
        .path(TASKS)
        .properties()
        .forEach(task -> numbers(task.getValue(), task.getKey() + "/", figures));
    return figures;
  }

  private static void numbers(JsonNode node, String prefix, SortedMap<String, Double> into) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getValue().isNumber()) {
        into.put(prefix + field.getKey(), field.getValue().doubleValue());
      }
    }
  }
}
