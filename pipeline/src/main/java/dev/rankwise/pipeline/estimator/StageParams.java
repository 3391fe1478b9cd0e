package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.FloatProducts;
import dev.rankwise.models.network.ReplicaSettings;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The parameters that the estimator hands on to its model: the same names, defaults and checks. */
final class StageParams implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ReplicaParams common;

  final Param<String> base;
  final Param<String> baseDtype;
  final Param<String> baseQuantization;
  final Param<String> adapterDtype;
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
    common = new ReplicaParams(stage);
    base = common.base;
    baseDtype = common.baseDtype;
    baseQuantization = common.baseQuantization;
    adapterDtype = common.adapterDtype;
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

  /** Sets what holds where the user says nothing. The stage must have all its parameters by now. */
  void setDefaults(BaseHolding held) {
    common.setDefaults(held);
    Params stage = common.stage();
    stage.setDefault(textCol, "text");
    stage.setDefault(predictionCol, "prediction");
    stage.setDefault(probabilityCol, "");
    stage.setDefault(maxTokens, 0);
    stage.setDefault(microBatchTokens, 4096);
  }

  /** The value of a text parameter. */
  String text(Param<String> param) {
    return common.text(param);
  }

  int whole(IntParam param) {
    return common.whole(param);
  }

  ReplicaSettings replica(SparkContext spark) {
    return common.replica(spark);
  }

  ReplicaSettings replica(FloatProducts products, int threads) {
    return common.replica(products, threads);
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
