package dev.rankwise.jobs.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The figures of a run as MLflow has them: a name, a value, the step they are of and a time. They
 * follow from the run's files alone, so that sending them again sends the same.
 *
 * <p>{@code metrics.jsonl} says how long steps took and not when they ended. The time of step s is
 * that at which the run ended less the seconds of the steps behind it: as if nothing had come after
 * the last one, and nothing between.
 */
final class StepFigures {
  private static final String STEP = "step";
  private static final String SECONDS = "step_seconds";
  private static final List<String> OF_THE_RUN =
      List.of(
          "loss_first",
          "loss_last",
          "tokens_per_second",
          "examples_per_second",
          "target_tokens_per_second",
          "training_seconds",
          "trainable_parameters",
          "adapter_bytes",
          "model_bytes",
          "peak_memory_bytes",
          "peak_memory_above_idle_bytes");

  /**
   * One figure.
   *
   * @param milliseconds since 1970, UTC
   */
  record Figure(String name, double value, int step, long milliseconds) {}

  private StepFigures() {}

  /** All of a run: of its steps, then of its end. A figure that is no finite number is left out. */
  static List<Figure> of(FinishedFolder run) throws IOException {
    long ended = milliseconds(run.result(), "finished");
    List<Figure> figures = new ArrayList<>();
    List<ObjectNode> steps = steps(run.steps());
    double left = steps.stream().mapToDouble(step -> step.path(SECONDS).asDouble()).sum();
    for (ObjectNode step : steps) {
      left -= step.path(SECONDS).asDouble();
      long time = ended - Math.round(1e3 * left);
      int number = step.path(STEP).asInt();
      for (Map.Entry<String, JsonNode> field : step.properties()) {
        if (!field.getKey().equals(STEP)) {
          add(figures, field.getKey(), field.getValue(), number, time);
        }
      }
    }
    int last = run.result().path("steps").asInt();
    for (String name : OF_THE_RUN) {
      add(figures, "run/" + name, run.result().path(name), last, ended);
    }
    run.evaluation().ifPresent(it -> addEvaluation(figures, it, last, ended));
    return figures;
  }

  private static List<ObjectNode> steps(List<String> lines) {
    return lines.stream().flatMap(line -> step(line).stream()).toList();
  }

  /**
   * Empty where a line was cut off with its disk: the run went on by its checkpoints without it.
   */
  private static Optional<ObjectNode> step(String line) {
    try {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      return Optional.of(StrictJson.parse(bytes, "a line of the steps"));
    } catch (CorruptFileException e) {
      return Optional.empty();
    }
  }

  private static void addEvaluation(
      List<Figure> figures, ObjectNode evaluation, int last, long ended) {
    for (String model : List.of("before", "first_adapter", "after")) {
      addNested(figures, model, evaluation.path(model), last, ended);
    }
    for (JsonNode measured : evaluation.path("on_the_way")) {
      int step = measured.path(STEP).asInt();
      add(figures, "on_the_way/mean_loss", measured.path("mean_loss"), step, ended);
    }
  }

  private static void addNested(
      List<Figure> figures, String prefix, JsonNode of, int step, long time) {
    for (Map.Entry<String, JsonNode> field : of.properties()) {
      String name = prefix + "/" + field.getKey();
      if (field.getValue().isObject()) {
        addNested(figures, name, field.getValue(), step, time);
      } else {
        add(figures, name, field.getValue(), step, time);
      }
    }
  }

  private static void add(List<Figure> figures, String name, JsonNode value, int step, long time) {
    if (value.isNumber() && Double.isFinite(value.doubleValue())) {
      figures.add(new Figure(RunFacts.name(name), value.doubleValue(), step, time));
    }
  }

  /** A time of {@code result.json}; 0 if none stands there. */
  static long milliseconds(ObjectNode result, String name) {
    try {
      return Instant.parse(result.path(name).asText()).toEpochMilli();
    } catch (DateTimeException e) {
      return 0;
    }
  }
}
