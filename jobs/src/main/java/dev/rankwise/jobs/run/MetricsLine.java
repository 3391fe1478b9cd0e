package dev.rankwise.jobs.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A line of {@code metrics.jsonl}. */
final class MetricsLine {
  private MetricsLine() {}

  /** The line of a step. */
  static String of(StepMetrics metrics) {
    Map<String, Object> fields = new LinkedHashMap<>();
    metrics.fields().forEach((key, value) -> fields.put(key, JsonFile.finite(value)));
    return JsonFile.line(fields);
  }

  /**
   * The step of a line; empty if it holds none.
   *
   * @param steps number of steps of the run
   */
  static Optional<StepMetrics> parse(String line, int steps) {
    try {
      ObjectNode json =
          StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), "line of metrics.jsonl");
      StepTimes times =
          new StepTimes(
              number(json, "step_seconds"),
              number(json, "compute_seconds"),
              number(json, "wait_seconds"),
              number(json, "broadcast_seconds"),
              number(json, "schedule_seconds"),
              number(json, "collect_seconds"),
              number(json, "sum_seconds"),
              number(json, "optimizer_seconds"));
      return Optional.of(
          new StepMetrics(
              json.path("step").asInt(Integer.MAX_VALUE),
              steps,
              json.path("epoch").asInt(),
              number(json, "loss"),
              number(json, "learning_rate"),
              number(json, "grad_norm"),
              json.path("target_tokens").asLong(),
              json.path("tokens").asLong(),
              json.path("updated").asBoolean(),
              times));
    } catch (CorruptFileException e) {
      return Optional.empty();
    }
  }

  /** A number; one that was not finite stands there as null. */
  private static double number(ObjectNode json, String field) {
    return json.path(field).isNumber() ? json.path(field).doubleValue() : Double.NaN;
  }
}
