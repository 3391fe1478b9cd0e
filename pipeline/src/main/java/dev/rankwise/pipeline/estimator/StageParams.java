package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import java.io.Serializable;
import java.util.Optional;
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
  final PictureParams pictures;
  final Param<String> predictionCol;
  final Param<String> probabilityCol;
  final Param<String> reasonCol;
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
    textCol = new Param<>(stage, "textCol", "column with the text, where the base reads texts");
    pictures =
        new PictureParams(
            common, "column with the picture, where the base reads pictures; else empty");
    predictionCol = new Param<>(stage, "predictionCol", "column to add: the predicted label");
    probabilityCol =
        new Param<>(
            stage,
            "probabilityCol",
            "column to add: the probability of each class, in class order; empty for none");
    reasonCol =
        new Param<>(
            stage,
            "reasonCol",
            "column to add: why a row has no label, in the words of rejections; empty for none");
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
    pictures.setDefaults(Squaring.STRETCHED);
    stage.setDefault(predictionCol, "prediction");
    stage.setDefault(probabilityCol, "");
    stage.setDefault(reasonCol, "");
    stage.setDefault(maxTokens, 0);
    stage.setDefault(microBatchTokens, 4096);
  }

  /** Those of every stage. */
  ReplicaParams common() {
    return common;
  }

  /** Name of the base's element type. */
  String typeName() {
    return common.typeName();
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

  /** The columns that are read and added. */
  ClassifiedColumns columns() {
    return new ClassifiedColumns(
        text(textCol),
        pictures.column(),
        text(predictionCol),
        text(probabilityCol),
        text(reasonCol));
  }

  /** The columns of rows to tune on: of texts, or of pictures where these are classified. */
  LabelledColumns labelled(String label, String key) {
    String image = pictures.column();
    return new LabelledColumns(image.isEmpty() ? text(textCol) : image, label, key);
  }

  /**
   * How a base reads pictures; empty where it reads texts.
   *
   * @param base its files
   * @throws UserInputException if a column of pictures is named and the base reads texts, or the
   *     reverse
   */
  Optional<PictureForm> form(BaseDirectory base, ModelConfig config) {
    Optional<ImageShape> images = config.images();
    if (images.isPresent() == pictures.column().isEmpty()) {
      throw new UserInputException(
          images.isPresent()
              ? ("Cannot classify texts with a base of model_type \"%s\": it reads pictures; name their"
                      + " column in imageCol, or choose an encoder of texts such as bert or roberta")
                  .formatted(config.modelType())
              : ("Cannot classify the pictures in column \"%s\" with a base of model_type \"%s\": it"
                      + " reads texts; leave imageCol empty, or choose a base such as vit")
                  .formatted(pictures.column(), config.modelType()));
    }
    return images.map(
        shape ->
            new PictureForm(
                ProcessorConfig.read(base.directory(), shape).with(pictures.squaring()),
                shape.patch(),
                0));
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
    return common.positive(microBatchTokens);
  }
}
