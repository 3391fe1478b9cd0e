package dev.rankwise.jobs.conf;

import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.util.OptionalInt;

/**
 * What is measured on the held-out rows. Driver only.
 *
 * @param frozenBase whether the frozen base with only a trained head is measured as well
 * @param frozenBaseLearningRate learning rate of that head
 * @param microBatchTokens most tokens of one forward pass
 * @param everySteps steps between two measurements on the way; empty for none
 * @param patience how many measurements in a row may be no better until a run ends
 */
public record EvaluateSection(
    boolean frozenBase,
    double frozenBaseLearningRate,
    int microBatchTokens,
    OptionalInt everySteps,
    OptionalInt patience) {

  static EvaluateSection of(RecipeValues values) {
    return new EvaluateSection(
        values.truth("evaluate.frozen-base"),
        values.number("evaluate.frozen-base-learning-rate"),
        values.whole("evaluate.micro-batch-tokens"),
        values.optionalWhole("evaluate.every-steps"),
        values.optionalWhole("evaluate.patience"));
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
        adapter.policy(),
        new Safeguards(Double.POSITIVE_INFINITY, adapter.safeguards().mostQuarantined()));
  }
}
