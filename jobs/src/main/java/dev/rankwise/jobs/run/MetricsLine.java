package dev.rankwise.jobs.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.train.RouterFigures;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A line of {@code metrics.jsonl}. */
final class MetricsLine {
  private static final String LOAD = "router_load";

  /** The fields of a step that says all a step can say, but for what its method says. */
  private static final Set<String> OWN =
      new StepMetrics(
              1,
              1,
              0,
              0,
              0,
              0,
              0,
              0,
              true,
              Optional.of(new RouterFigures(0, 0, 0, 0, List.of())),
              Map.of(),
              new StepTimes(0, 0, 0, 0, 0, 0, 0, 0))
          .fields()
          .keySet();

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
              routers(json),
              figures(json),
              times));
    } catch (CorruptFileException e) {
      return Optional.empty();
    }
  }

  private static Optional<RouterFigures> routers(ObjectNode json) {
    if (!json.path(LOAD).isArray()) {
      return Optional.empty();
    }
    List<List<Double>> loads = new ArrayList<>();
    for (JsonNode router : json.path(LOAD)) {
      List<Double> load = new ArrayList<>();
      router.forEach(share -> load.add(share.asDouble()));
      loads.add(load);
    }
    return Optional.of(
        new RouterFigures(
            number(json, "balance_loss"),
            number(json, "router_z_loss"),
            number(json, "router_entropy"),
            number(json, "router_distance"),
            loads));
  }

  /** What the method said of the step: the fields that no step has by itself. */
  private static Map<String, Double> figures(ObjectNode json) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!OWN.contains(field.getKey()) && !field.getValue().isArray()) {
        figures.put(field.getKey(), number(json, field.getKey()));
      }
    }
    return figures;
  }

  /** A number; one that was not finite stands there as null. */
  private static double number(ObjectNode json, String field) {
    return json.path(field).isNumber() ? json.path(field).doubleValue() : Double.NaN;
  }
}
