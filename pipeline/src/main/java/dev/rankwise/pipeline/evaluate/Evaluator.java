package dev.rankwise.pipeline.evaluate;

import dev.rankwise.datasets.spark.NamedJobs;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.GroupShards;
import dev.rankwise.pipeline.executor.GroupTask;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Goes through a data set once and measures how well its labels are predicted.
 *
 * <p>The micro-batches follow from the lengths and the number of groups alone, and figures are
 * summed by group, so an evaluation gives the same bits on any cluster.
 *
 * @param spark the context
 * @param groups groups into which the examples are split
 * @param microBatchTokens the most tokens of one forward pass
 */
public record Evaluator(JavaSparkContext spark, int groups, int microBatchTokens) {

  /** What a group computes, once the parameters are named and handed out. */
  private interface Task<T> {
    GroupTask<T> of(ParameterVersion version, HandedParameters parameters);
  }

  /**
   * Evaluates a classifier.
   *
   * @param run names these parameters among all that the executors may hear of
   * @param labels names of the classes in class order
   * @param data examples whose labels are class numbers
   * @param theta trainable parameters under the model's layout
   */
  public Evaluation classes(
      String run, ModelSource source, List<String> labels, ExampleSet data, float[] theta) {
    return joined(
        labels,
        data.size(),
        byGroup(
            run,
            data,
            theta,
            (version, parameters) -> new PredictionTask(source, version, parameters),
            GroupPredictions.class));
  }

  /**
   * Evaluates a causal decoder: as a whole, and on the examples of each task by themselves.
   *
   * @param run names these parameters among all that the executors may hear of
   * @param data examples whose labels are tokens
   * @param theta trainable parameters under the model's layout
   * @throws dev.rankwise.models.failure.DataException if no token has a target
   */
  public Evaluation targets(String run, ModelSource source, ExampleSet data, float[] theta) {
    List<String> names = data.taskNames();
    if (names.isEmpty()) {
      return new Evaluation(LanguageMetrics.of(data.size(), scores(run, source, data, theta)));
    }
    TargetScores sum = TargetScores.NONE;
    Map<String, LanguageMetrics> byTask = new LinkedHashMap<>();
    for (int task = 0; task < names.size(); task++) {
      ExampleSet own = data.ofTask(task);
      if (own.size() > 0) {
        TargetScores scores = scores(run, source, own, theta);
        byTask.put(names.get(task), LanguageMetrics.of(own.size(), scores));
        sum = sum.plus(scores);
      }
    }
    return new Evaluation(LanguageMetrics.of(data.size(), sum).withTasks(byTask));
  }

  private TargetScores scores(String run, ModelSource source, ExampleSet data, float[] theta) {
    TargetScores sum = TargetScores.NONE;
    for (TargetScores group :
        byGroup(
            run,
            data,
            theta,
            (version, parameters) -> new TargetTask(source, version, parameters),
            TargetScores.class)) {
      sum = sum.plus(group);
    }
    return sum;
  }

  /**
   * What a causal decoder goes on with after each prompt, on one executor.
   *
   * @param run names these parameters among all that the executors may hear of
   * @param prompts tokens, pictures and task of each
   * @param theta trainable parameters under the model's layout
   */
  public List<String> continuations(
      String run,
      AdaptedModel source,
      List<TokenExample> prompts,
      GenerationSettings settings,
      float[] theta) {
    try (HandedParameters parameters = HandedParameters.of(spark, theta)) {
      ContinuationTask task =
          new ContinuationTask(source, new ParameterVersion(run, 0), parameters, settings);
      return NamedJobs.running(
          spark.sc(),
          "generate samples",
          () -> spark.parallelize(prompts, 1).mapPartitions(task).collect());
    }
  }

  private <T> List<T> byGroup(
      String run, ExampleSet data, float[] theta, Task<T> task, Class<T> type) {
    PlannedStep whole = StepPlan.wholeOf(data.lengths(), groups, microBatchTokens);
    try (HandedParameters parameters = HandedParameters.of(spark, theta);
        GroupShards shards = GroupShards.of(spark, data, List.of(whole), groups)) {
      GroupTask<T> each = task.of(new ParameterVersion(run, whole.index()), parameters);
      return NamedJobs.running(spark.sc(), "evaluate the model", () -> shards.collect(each, type));
    }
  }

  private static Evaluation joined(
      List<String> labels, int examples, List<GroupPredictions> groups) {
    int[] truth = new int[examples];
    int[] predicted = new int[examples];
    double lossSum = 0;
    for (GroupPredictions group : groups) {
      for (int i = 0; i < group.positions().length; i++) {
        truth[group.positions()[i]] = group.truth()[i];
        predicted[group.positions()[i]] = group.predicted()[i];
      }
      lossSum += group.lossSum();
    }
    return new Evaluation(ClassificationMetrics.of(labels, truth, predicted, lossSum), predicted);
  }
}
