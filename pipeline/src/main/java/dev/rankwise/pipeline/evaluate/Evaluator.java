package dev.rankwise.pipeline.evaluate;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.GroupShards;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Predicts every example of a data set once and compares with its label.
 *
 * <p>The micro-batches follow from the lengths and the number of groups alone, and figures are
 * summed by group, so an evaluation gives the same bits on any cluster.
 *
 * @param spark the context
 * @param groups groups into which the examples are split
 * @param microBatchTokens the most tokens of one forward pass
 */
public record Evaluator(JavaSparkContext spark, int groups, int microBatchTokens) {

  /**
   * Evaluates a model.
   *
   * @param run names these parameters among all that the executors may hear of
   * @param labels names of the classes in class order
   * @param data examples whose labels are class numbers
   * @param theta trainable parameters under the model's layout
   */
  public Evaluation evaluate(
      String run, ModelSource source, List<String> labels, ExampleSet data, float[] theta) {
    PlannedStep whole = StepPlan.wholeOf(data.lengths(), groups, microBatchTokens);
    try (HandedParameters parameters = HandedParameters.of(spark, theta);
        GroupShards shards = GroupShards.of(spark, data, List.of(whole), groups)) {
      ParameterVersion version = new ParameterVersion(run, whole.index());
      PredictionTask task = new PredictionTask(source, version, parameters);
      List<GroupPredictions> predictions =
          SparkFailures.running(
              "evaluate the model", () -> shards.collect(task, GroupPredictions.class));
      return joined(labels, data.size(), predictions);
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
