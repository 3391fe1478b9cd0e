package dev.rankwise.jobs.conf;

import dev.rankwise.pipeline.train.TrainingSettings;

/**
 * What is measured on the held-out rows. Driver only.
 *
 * @param frozenBase whether the frozen base with only a trained head is measured as well
 * @param frozenBaseLearningRate learning rate of that head
 * @param microBatchTokens most tokens of one forward pass
 */
public record EvaluateSection(
    boolean frozenBase, double frozenBaseLearningRate, int microBatchTokens) {

  static EvaluateSection of(RecipeValues values) {
    return new EvaluateSection(
        values.truth("evaluate.frozen-base"),
        values.number("evaluate.frozen-base-learning-rate"),
        values.whole("evaluate.micro-batch-tokens"));
  }

  /** How the head of the frozen base is trained: as the adapter, at its own learning rate. */
  public TrainingSettings frozenBaseSettings(TrainSection train) {
    TrainingSettings adapter = train.settings();
    return new TrainingSettings(
        adapter.plan(),
        frozenBaseLearningRate,
        adapter.shape(),
        adapter.warmUp(),
        adapter.optimizer(),
        adapter.clip(),
        adapter.policy());
  }
}
