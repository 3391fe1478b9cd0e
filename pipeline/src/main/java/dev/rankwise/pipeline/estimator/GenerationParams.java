package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.generation.Sampling;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The parameters of a generator. */
final class GenerationParams implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ReplicaParams common;

  final Param<String> base;
  final Param<String> baseDtype;
  final Param<String> baseQuantization;
  final Param<String> adapterDtype;
  final Param<String> promptCol;
  final Param<String> rowFormat;
  final StringArrayParam rowColumns;
  final PictureParams pictures;
  final Param<String> generatedCol;
  final Param<String> finishCol;
  final Param<String> chatFormat;
  final Param<String> task;
  final Param<String> taskCol;
  final IntParam maxNewTokens;
  final DoubleParam temperature;
  final IntParam topK;
  final DoubleParam topP;
  final DoubleParam repetitionPenalty;
  final StringArrayParam stopTexts;
  final LongParam seed;
  final IntParam batchSize;

  GenerationParams(Params stage) {
    common = new ReplicaParams(stage);
    base = common.base;
    baseDtype = common.baseDtype;
    baseQuantization = common.baseQuantization;
    adapterDtype = common.adapterDtype;
    promptCol = new Param<>(stage, "promptCol", "column with the prompt");
    rowFormat =
        new Param<>(
            stage,
            "rowFormat",
            "form of rows whose prompts lie in several columns or in a list of turns: messages,"
                + " sharegpt, alpaca; empty where promptCol holds texts");
    rowColumns =
        new StringArrayParam(
            stage, "rowColumns", "NAME=COLUMN for each column that is called otherwise there");
    pictures =
        new PictureParams(common, "column with a row's picture or a list of them; empty for none");
    generatedCol = new Param<>(stage, "generatedCol", "column to add: the text that follows");
    finishCol =
        new Param<>(stage, "finishCol", "column to add: why that text ended; empty for none");
    chatFormat =
        new Param<>(
            stage,
            "chatFormat",
            "how a prompt is put to the model: %s, %s or a known format; empty for the base's"
                    .formatted(PromptTokens.TEMPLATE, PromptTokens.NONE)
                + " template where it has one, and else none");
    task =
        new Param<>(
            stage, "task", "task of all prompts, where the adapter routes by tasks; or empty");
    taskCol =
        new Param<>(stage, "taskCol", "instead of task, column with that of each row; or empty");
    maxNewTokens = new IntParam(stage, "maxNewTokens", "most tokens that a text gets");
    temperature =
        new DoubleParam(stage, "temperature", "0 for the best token each time; 1 as trained");
    topK = new IntParam(stage, "topK", "how many of the best tokens may be drawn; 0 for all");
    topP =
        new DoubleParam(
            stage, "topP", "probability that the drawn tokens hold together; 1 for all");
    repetitionPenalty =
        new DoubleParam(stage, "repetitionPenalty", "above 1 repeats become rarer; 1 for none");
    stopTexts = new StringArrayParam(stage, "stopTexts", "texts before which one ends");
    seed = new LongParam(stage, "seed", "of what is drawn");
    batchSize = new IntParam(stage, "batchSize", "texts side by side");
  }

  /** Sets what holds where the user says nothing. The stage must have all its parameters by now. */
  void setDefaults(BaseHolding held) {
    common.setDefaults(held);
    Params stage = common.stage();
    stage.setDefault(promptCol, "prompt");
    stage.setDefault(rowFormat, "");
    stage.setDefault(rowColumns, new String[0]);
    pictures.setDefaults(Squaring.PADDED);
    stage.setDefault(generatedCol, "generated");
    stage.setDefault(finishCol, "finish");
    stage.setDefault(chatFormat, "");
    stage.setDefault(task, "");
    stage.setDefault(taskCol, "");
    stage.setDefault(maxNewTokens, 256);
    stage.setDefault(temperature, 0.0);
    stage.setDefault(topK, 0);
    stage.setDefault(topP, 1.0);
    stage.setDefault(repetitionPenalty, 1.0);
    stage.setDefault(stopTexts, new String[0]);
    stage.setDefault(seed, 42L);
    stage.setDefault(batchSize, 16);
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
  GeneratedColumns columns() {
    return new GeneratedColumns(
        text(promptCol),
        RowPrompts.of(text(rowFormat), List.of(texts(rowColumns))),
        text(generatedCol),
        text(finishCol),
        pictures.column(),
        text(taskCol));
  }

  /** How an adapter reads pictures, where there is a column of them. */
  Optional<PictureReading> sight(TrainedAdapter trained) {
    if (pictures.column().isEmpty()) {
      return Optional.empty();
    }
    VisionEmbedding vision =
        trained
            .spec()
            .vision()
            .embedding()
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Cannot read pictures from column \"%s\": the model reads texts alone; leave"
                                .formatted(pictures.column())
                            + " imageCol empty, or take an adapter of method vora"));
    PicturePreparation preparation = trained.pictures().get(0).with(pictures.squaring());
    return Optional.of(
        new PictureReading(
            new PictureForm(preparation, vision.images().patch(), vision.placeholder()),
            pictures.folder()));
  }

  /** How a prompt is put to the model; empty for the base's own way. */
  Optional<String> format() {
    return Optional.of(text(chatFormat)).filter(name -> !name.isEmpty());
  }

  /** The task of all prompts; empty if none is named. */
  Optional<String> askedTask() {
    return Optional.of(text(task)).filter(name -> !name.isEmpty());
  }

  /**
   * The names of the tasks that a column may name, by number; empty where there is no such column.
   *
   * @throws UserInputException if there is one, and the adapter does not route by tasks, or one
   *     task is named for all
   */
  List<String> namedTasks(ExpertMixture mixture) {
    if (text(taskCol).isEmpty()) {
      return List.of();
    }
    if (!mixture.routesByTask()) {
      throw new UserInputException(
          "Cannot use tasks of column \"%s\": the adapter does not route by tasks; leave the column"
                  .formatted(text(taskCol))
              + " out");
    }
    if (askedTask().isPresent()) {
      throw new UserInputException(
          "Task \"%s\" is named for all rows, and column \"%s\" for each; keep one of them"
              .formatted(askedTask().get(), text(taskCol)));
    }
    return mixture.calledTasks();
  }

  /** The number of the task of all rows; none where each names its own, or none is asked for. */
  int task(ExpertMixture mixture) {
    return text(taskCol).isEmpty() ? mixture.taskAsked(askedTask()) : TokenBatch.NO_TASK;
  }

  /** Fails where tasks lie in a column, of which a function of the prompt knows nothing. */
  void requireNoTaskColumn() {
    if (!text(taskCol).isEmpty()) {
      throw new UserInputException(
          "Cannot make a function of prompts that reads tasks from column \"%s\": it is given the"
                  .formatted(text(taskCol))
              + " prompt alone; set task instead of taskCol");
    }
  }

  double number(DoubleParam param) {
    return (Double) common.stage().getOrDefault(param);
  }

  long wide(LongParam param) {
    return (Long) common.stage().getOrDefault(param);
  }

  String[] texts(StringArrayParam param) {
    return common.stage().getOrDefault(param).clone();
  }

  /**
   * How texts go on and when they end.
   *
   * @param ends tokens that end a text
   * @param endTexts texts that end one too
   */
  GenerationSettings settings(List<Integer> ends, List<String> endTexts) {
    List<String> stops = new ArrayList<>(List.of(texts(stopTexts)));
    stops.addAll(endTexts);
    return new GenerationSettings(
        whole(maxNewTokens),
        new Sampling(number(temperature), whole(topK), number(topP), number(repetitionPenalty)),
        wide(seed),
        ends,
        stops,
        whole(batchSize));
  }
}
