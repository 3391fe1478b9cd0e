package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.reduce.StepGradient;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one step did; the line that it adds to {@code metrics.jsonl}.
 *
 * @param step number of steps done, this one included
 * @param steps number of steps of the run
 * @param epoch epoch in which the step began, from 0
 * @param loss mean loss of the step's labels, before the update
 * @param learningRate learning rate of the update
 * @param gradientNorm norm of the gradient before clipping
 * @param targetTokens tokens, or labels, that the loss was taken at
 * @param tokens tokens that were computed
 * @param updated whether the optimizer used the gradient
 * @param routers what routers of experts did; empty where there are none
 * @param figures what the method says of it, by name; empty if it says nothing
 * @param times where the time went
 */
public record StepMetrics(
    int step,
    int steps,
    int epoch,
    double loss,
    double learningRate,
    double gradientNorm,
    long targetTokens,
    long tokens,
    boolean updated,
    Optional<RouterFigures> routers,
    Map<String, Double> figures,
    StepTimes times) {

  public StepMetrics {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  /** What a step did of which the method says nothing. */
  public StepMetrics(
      int step,
      int steps,
      int epoch,
      double loss,
      double learningRate,
      double gradientNorm,
      long targetTokens,
      long tokens,
      boolean updated,
      StepTimes times) {
    this(
        step,
        steps,
        epoch,
        loss,
        learningRate,
        gradientNorm,
        targetTokens,
        tokens,
        updated,
        Optional.empty(),
        Map.of(),
        times);
  }

  /** What a step with so many labels did. */
  static StepMetrics of(
      PlannedStep step,
      StepPlan plan,
      long labels,
      StepGradient gradient,
      ParameterUpdate.Outcome outcome,
      Map<String, Double> figures,
      StepTimes times) {
    return new StepMetrics(
        step.index() + 1,
        plan.steps(),
        plan.epochOf(step.index()),
        gradient.loss(),
        outcome.rate(),
        outcome.norm(),
        labels,
        gradient.tokens(),
        outcome.updated(),
        RouterFigures.of(gradient.asides()),
        figures,
        times);
  }

  /** Computed tokens a second, over the whole step. */
  public double tokensPerSecond() {
    return times.step() > 0 ? tokens / times.step() : 0;
  }

  /** The fields of a line in {@code metrics.jsonl}, in their order; times in seconds. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("step", step);
    fields.put("epoch", epoch);
    fields.put("loss", loss);
    fields.put("learning_rate", learningRate);
    fields.put("grad_norm", gradientNorm);
    fields.put("target_tokens", targetTokens);
    fields.put("tokens", tokens);
    fields.put("tokens_per_second", tokensPerSecond());
    fields.put("step_seconds", times.step());
    fields.put("compute_seconds", times.compute());
    fields.put("sync_seconds", times.sync());
    fields.put("wait_seconds", times.waiting());
    fields.put("overhead_seconds", times.overhead());
    fields.put("broadcast_seconds", times.broadcast());
    fields.put("schedule_seconds", times.schedule());
    fields.put("collect_seconds", times.collect());
    fields.put("sum_seconds", times.sum());
    fields.put("optimizer_seconds", times.optimizer());
    fields.put("updated", updated);
    routers.ifPresent(ofRouters -> fields.putAll(ofRouters.fields()));
    fields.putAll(figures);
    return Collections.unmodifiableMap(fields);
  }
}
