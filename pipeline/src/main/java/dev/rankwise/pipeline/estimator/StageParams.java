package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The parameters that the estimator hands on to its model: the same names, defaults and checks. */
final class StageParams extends ReplicaParams {
  private static final long serialVersionUID = 1L;

  final Param<String> textCol;
  final Param<String> predictionCol;
  final Param<String> probabilityCol;
  final IntParam maxTokens;
  final IntParam microBatchTokens;

  /**
   * The parameters of {@code stage}, which has its uid already.
   *
   * @param stage the estimator or the model
   */
  StageParams(Params stage) {
    super(stage);
    textCol = new Param<>(stage, "textCol", "column with the text");
    predictionCol = new Param<>(stage, "predictionCol", "column to add: the predicted label");
    probabilityCol =
        new Param<>(
            stage,
            "probabilityCol",
            "column to add: the probability of each class, in class order; empty for none");
    maxTokens =
        new IntParam(
            stage,
            "maxTokens",
            "longest text in tokens, special ones included; a longer one is cut; 0 for "
                + PreparationSettings.DEFAULT_MAXIMUM_TOKENS
                + " or what the base takes, if that is less");
    microBatchTokens = new IntParam(stage, "microBatchTokens", "most tokens of one forward pass");
  }

  @Override
  void setDefaults() {
    super.setDefaults();
    Params stage = stage();
    stage.setDefault(textCol, "text");
    stage.setDefault(predictionCol, "prediction");
    stage.setDefault(probabilityCol, "");
    stage.setDefault(maxTokens, 0);
    stage.setDefault(microBatchTokens, 4096);
  }

  /** The columns that are read and added. */
  TextColumns columns() {
    return new TextColumns(text(textCol), text(predictionCol), text(probabilityCol));
  }

  /** The longest sequence that a text becomes on that base, in tokens. */
  int maximumTokens(ModelConfig config) {
    int asked = whole(maxTokens);
    if (asked == 0) {
      return PreparationSettings.defaultMaximumTokens(config.maximumSequence());
    }
    if (asked < 0 || asked > config.maximumSequence()) {
      throw new UserInputException(
          "Invalid maxTokens: %s (must be at most the %s positions of base \"%s\", or 0 for the"
                  .formatted(asked, config.maximumSequence(), text(base))
              + " default); set another");
    }
    return asked;
  }

  /** Most tokens of one forward pass. */
  int microBatchTokens() {
    int tokens = whole(microBatchTokens);
    if (tokens < 1) {
      throw new UserInputException(
          "Invalid microBatchTokens: %s (must be at least 1); set another".formatted(tokens));
    }
    return tokens;
  }
}
