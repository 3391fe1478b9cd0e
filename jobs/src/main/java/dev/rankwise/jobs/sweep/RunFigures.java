package dev.rankwise.jobs.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.session.MetricName;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.sweep.Figure.Role;
import dev.rankwise.jobs.sweep.Figure.Unit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The figures of a finished run out of the files that it left. */
final class RunFigures {
  /** The figures of an evaluation that are compared, the most important first. */
  private static final List<String> NAMES =
      List.of("accuracy", "macro_f1", "perplexity", "token_accuracy", "exact_match");

  private static final String PERPLEXITY = "perplexity";
  private static final List<String> COMPARED = List.of("before", "adapter_off");
  private static final String AFTER = "after";
  private static final String TASKS = "tasks";

  private final Map<Figure, Double> figures = new LinkedHashMap<>();

  private RunFigures() {}

  /**
   * All figures of a run, those of its own task first.
   *
   * @param result {@code result.json}
   * @param own {@code evaluation.json}
   * @param others the evaluations on other tasks, by the task's name
   */
  static Map<Figure, Double> of(JsonNode result, JsonNode own, Map<String, JsonNode> others) {
    RunFigures found = new RunFigures();
    found.evaluation(own, "");
    others.forEach((task, evaluation) -> found.evaluation(evaluation, task + ": "));
    found.cost(result, "trainable_parameters", "trained parameters", Unit.COUNT);
    for (String kind : List.of(RunFiles.ADAPTER, RunFiles.MODEL)) {
      found.put(result.path(kind + "_bytes"), "file_bytes", "file", Unit.BYTES, Role.COST);
    }
    // A peak of no bytes is one that nobody measured.
    if (result.path("peak_memory_bytes").asLong() > 0) {
      found.cost(result, "peak_memory_above_idle_bytes", "memory above idle", Unit.BYTES);
    }
    found.cost(result, "steps", "steps", Unit.COUNT);
    found.cost(result, "training_seconds", "seconds of training", Unit.SECONDS);
    return found.figures;
  }

  private void evaluation(JsonNode evaluation, String task) {
    String main = evaluation.path(AFTER).has(PERPLEXITY) ? PERPLEXITY : NAMES.get(0);
    // One figure before is enough to see from where the others started, and it stands in one column
    // whatever the evaluation calls it: a whole model has no adapter to take off.
    COMPARED.stream()
        .map(evaluation::path)
        .filter(JsonNode::isObject)
        .findFirst()
        .ifPresent(before -> measured(before, main, task, "before", " before", Role.BEFORE));
    for (String name : NAMES) {
      measured(evaluation.path(AFTER), name, task, AFTER, "", Role.AFTER);
    }
    for (Map.Entry<String, JsonNode> part : evaluation.path(AFTER).path(TASKS).properties()) {
      put(
          part.getValue().path(PERPLEXITY),
          "%s%s.%s.%s.%s".formatted(task, AFTER, TASKS, part.getKey(), PERPLEXITY),
          "%s%s: %s".formatted(task, part.getKey(), MetricName.of(PERPLEXITY)),
          Unit.NUMBER,
          Role.AFTER);
    }
  }

  private void measured(
      JsonNode values, String name, String task, String when, String told, Role role) {
    put(
        values.path(name),
        task + when + "." + name,
        task + MetricName.of(name) + told,
        name.equals(PERPLEXITY) ? Unit.NUMBER : Unit.SHARE,
        role);
  }

  private void cost(JsonNode result, String name, String heading, Unit unit) {
    put(result.path(name), name, heading, unit, Role.COST);
  }

  private void put(JsonNode value, String key, String heading, Unit unit, Role role) {
    if (value.isNumber()) {
      figures.put(new Figure(key, heading, unit, role), value.doubleValue());
    }
  }
}
