package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.spark.NamedJobs;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SequenceSection.TaskRows;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.estimator.AdapterClassifierModel;
import dev.rankwise.pipeline.estimator.AdapterGeneratorModel;
import dev.rankwise.pipeline.estimator.FrameColumns;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Adds to a table what a tuned model says of each row: the label that a classifier predicts, or the
 * text that a decoder goes on with.
 *
 * @param stored the model
 * @param columns names of columns
 * @param text how a decoder generates
 * @param context where to tell
 */
public record ApplicationRun(
    StoredModel stored, Columns columns, TextSettings text, RunContext context) {
  private static final String PREDICTION = "prediction";
  private static final String GENERATED = "generated";
  private static final String TEXT_OPTION = "--text-column";
  private static final String PREDICTION_OPTION = "--prediction-column";
  private static final String IMAGE_OPTION = "--image-column";
  private static final String REASON_OPTION = "--reason-column";

  /**
   * Names of columns.
   *
   * @param text column with the text or the prompt; as in the run's recipe if empty
   * @param prediction column to add; if empty {@value #PREDICTION}, or {@value #GENERATED} of a
   *     decoder
   * @param probability another column to add, of a classifier; empty for none
   * @param reason a further one, of a classifier; empty for none
   * @param finish another column to add, of a decoder; empty for none
   * @param task of a decoder, the task of all rows; empty if none is named
   * @param taskColumn of a decoder, the column with the task of each row; as in the run's recipe if
   *     empty, where the adapter routes by tasks and no task is named
   * @param image of a model that reads pictures, the column with them; as in the run's recipe if
   *     empty
   */
  public record Columns(
      Optional<String> text,
      Optional<String> prediction,
      String probability,
      String reason,
      String finish,
      Optional<String> task,
      Optional<String> taskColumn,
      Optional<String> image) {}

  /** Reads the table, and writes it with the new columns. */
  public void run(String input, String output) {
    try (RunSession session = RunSession.start("apply", stored.base(), stored.spark())) {
      Tables tables = new Tables(session.spark());
      tables.requireFree(output);
      boolean decodes = session.config().task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
      String added = columns.prediction().orElse(decodes ? GENERATED : PREDICTION);
      Transformer model =
          decodes ? generator(session, added, input) : classifier(session, added, input);
      Dataset<Row> table = tables.read(input);
      requireColumns(table.schema(), session.config(), added);
      Dataset<Row> answered = model.transform(table);
      tables.requireWritable(answered.schema(), output);
      NamedJobs.running(
          session.spark().sparkContext(),
          "apply the adapter",
          () -> {
            tables.write(answered, output);
            return output;
          });
      context.say(
          "%s  column \"%s\" in %s%s"
              .formatted(
                  decodes ? "Generated" : "Predicted", added, output, Tables.kindOf(output)));
    }
  }

  /** What the model requires too, but here with the names of options. */
  private void requireColumns(StructType schema, ModelConfig config, String added) {
    boolean decodes = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    if (added.isEmpty()) {
      throw new UserInputException(
          "Invalid column to add: \"\" (must have a name); name it with " + PREDICTION_OPTION);
    }
    if (decodes) {
      requireTask(schema);
    }
    if (!imageColumn().isEmpty()) {
      FrameColumns.place(schema, imageColumn(), IMAGE_OPTION);
    }
    if (decodes) {
      requirePrompts(schema);
    } else if (config.images().isEmpty()) {
      FrameColumns.requireText(schema, textColumn(), TEXT_OPTION);
    }
    Map<String, String> more = new LinkedHashMap<>();
    more.put(PREDICTION_OPTION, added);
    if (decodes) {
      more.put("--finish-column", columns.finish());
    } else {
      more.put("--probability-column", columns.probability());
      more.put(REASON_OPTION, columns.reason());
    }
    StructType all = schema;
    for (Map.Entry<String, String> column : more.entrySet()) {
      if (!column.getValue().isEmpty()) {
        all = FrameColumns.add(all, column.getKey(), column.getValue(), DataTypes.StringType);
      }
    }
  }

  /** Before the rows, since those of a task are read in its way. */
  private void requireTask(StructType schema) {
    if (columns.task().isPresent() && columns.taskColumn().isPresent()) {
      throw new UserInputException(
          "--task names the task of all rows, and --task-column a column that does; keep one of them");
    }
    String column = taskColumn();
    if (column.isEmpty()) {
      mixture().ifPresent(mixture -> mixture.taskAsked(columns.task()));
    } else {
      FrameColumns.requireText(schema, column, "--task-column");
    }
  }

  private Optional<ExpertMixture> mixture() {
    return stored
        .adapter()
        .map(folder -> folder.resolve(PeftConfig.FILE))
        .filter(Files::exists)
        .map(file -> PeftConfig.read(file).spec().mixture());
  }

  /** The column with each row's task; empty where one is named for all, or none is needed. */
  private String taskColumn() {
    return columns
        .taskColumn()
        .or(
            () ->
                stored
                    .recipe()
                    .map(it -> it.data().sequences().taskColumn())
                    .filter(it -> columns.task().isEmpty())
                    .filter(it -> mixture().map(ExpertMixture::routesByTask).orElse(false)))
        .orElse("");
  }

  private void requirePrompts(StructType schema) {
    Optional<RowForm> form = promptForm();
    if (readsRows(form)) {
      List<String> needed = new ArrayList<>(form.orElseThrow().needed());
      form.orElseThrow().answer().ifPresent(needed::remove);
      needed.forEach(
          name -> FrameColumns.place(schema, rowColumns().getOrDefault(name, name), TEXT_OPTION));
    } else {
      FrameColumns.requireText(schema, promptColumn(form), TEXT_OPTION);
    }
  }

  private String textColumn() {
    return columns
        .text()
        .or(() -> stored.recipe().map(it -> it.data().columns().text()))
        .orElse("text");
  }

  private AdapterClassifierModel classifier(RunSession session, String added, String input) {
    boolean pictures = session.config().images().isPresent();
    columns
        .task()
        .or(columns::taskColumn)
        .ifPresent(
            task -> {
              throw new UserInputException(
                  "Cannot use --task %s: the model sorts texts into classes and knows no tasks; leave it out"
                      .formatted(task));
            });
    requireRead(pictures);
    AdapterClassifierModel model =
        stored
            .adapter()
            .map(folder -> AdapterClassifierModel.fromAdapter(stored.base(), folder.toString()))
            .orElseGet(() -> AdapterClassifierModel.fromModel(stored.base()))
            .setTextCol(textColumn())
            .setImageCol(imageColumn())
            .setImageFolder(imageFolder(session, input))
            .setImageFit(squaring(Squaring.STRETCHED))
            .setPredictionCol(added)
            .setProbabilityCol(columns.probability())
            .setReasonCol(columns.reason());
    stored
        .recipe()
        .ifPresent(
            recipe ->
                model
                    .setBaseDtype(recipe.base().dtypeName())
                    .setBaseQuantization(recipe.base().quantization().label())
                    .setAdapterDtype(recipe.train().adapterComputeName())
                    .setMaxTokens(pictures ? 0 : longest(recipe, session.config())));
    return model;
  }

  private static int longest(Recipe recipe, ModelConfig config) {
    return recipe.data().preparation(config.maximumSequence()).maximumTokens();
  }

  /** A classifier reads either texts or pictures. */
  private void requireRead(boolean pictures) {
    if (pictures && columns.text().isPresent()) {
      throw new UserInputException(
          "Cannot use %s here: the model sorts pictures into classes; name their column with %s"
              .formatted(TEXT_OPTION, IMAGE_OPTION));
    }
    if (!pictures && columns.image().isPresent()) {
      throw new UserInputException(
          "Cannot use %s here: the model sorts texts into classes; name their column with %s"
              .formatted(IMAGE_OPTION, TEXT_OPTION));
    }
    if (pictures && imageColumn().isEmpty()) {
      throw new UserInputException(
          "Cannot read the table: the model sorts pictures into classes, and nothing says which column"
              + " has them; name it with "
              + IMAGE_OPTION);
    }
  }

  /** How pictures become square, in a stage's word. */
  private String squaring(Squaring usual) {
    return stored.squaring(usual).name().toLowerCase(Locale.ROOT);
  }

  private AdapterGeneratorModel generator(RunSession session, String added, String input) {
    if (!columns.probability().isEmpty()) {
      throw new UserInputException(
          "Cannot add probabilities of classes: the base is a decoder, which has none; leave"
              + " --probability-column out");
    }
    if (!columns.reason().isEmpty()) {
      throw new UserInputException(
          "Cannot add reasons of missing labels: the base is a decoder; --finish-column says why a text"
              + " ended, leave --reason-column out");
    }
    AdapterGeneratorModel model =
        stored
            .adapter()
            .map(folder -> AdapterGeneratorModel.fromAdapter(stored.base(), folder.toString()))
            .orElseGet(() -> AdapterGeneratorModel.fromModel(stored.base()))
            .setGeneratedCol(added)
            .setFinishCol(columns.finish())
            .setTask(columns.task().orElse(""))
            .setTaskCol(taskColumn())
            .setChatFormat(text.chatFormat().or(stored::chatFormat).orElse(""))
            .setMaxNewTokens(text.mostTokens())
            .setTemperature(text.sampling().temperature())
            .setTopK(text.sampling().topK())
            .setTopP(text.sampling().topP())
            .setRepetitionPenalty(text.sampling().repetitionPenalty())
            .setStopTexts(text.stops().toArray(String[]::new))
            .setSeed(text.seed())
            .setBatchSize(text.batchSize())
            .setImageCol(imageColumn())
            .setImageFolder(imageFolder(session, input))
            .setImageFit(squaring(Squaring.PADDED));
    readPrompts(model);
    stored
        .recipe()
        .ifPresent(
            it ->
                model
                    .setBaseDtype(it.base().dtypeName())
                    .setBaseQuantization(it.base().quantization().label())
                    .setAdapterDtype(it.train().adapterComputeName()));
    return model;
  }

  /** The column with pictures: where the user says, else where the run's rows had theirs. */
  private String imageColumn() {
    return columns
        .image()
        .or(() -> stored.taskRows(readTask()).map(TaskRows::image))
        .or(() -> stored.recipe().map(it -> it.data().pictures().column()))
        .orElse("");
  }

  /** Paths start beside the table, where that is a file. */
  private String imageFolder(RunSession session, String input) {
    return imageColumn().isEmpty() ? "" : RowSources.at(input).folder(session.spark()).orElse("");
  }

  /** Where prompts lie: where the user says, else where the run's training rows had theirs. */
  private void readPrompts(AdapterGeneratorModel model) {
    Optional<RowForm> form = promptForm();
    if (readsRows(form)) {
      model
          .setRowFormat(form.orElseThrow().label())
          .setRowColumns(
              rowColumns().entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + entry.getValue())
                  .toArray(String[]::new));
    } else {
      model.setPromptCol(promptColumn(form));
    }
  }

  /** The form of the rows that prompts are read from; empty where one column has them. */
  private Optional<RowForm> promptForm() {
    return columns.text().isPresent() ? Optional.empty() : stored.form(readTask());
  }

  /**
   * The task as whose rows prompts are read: that of all rows; or, where each names its own, any,
   * since then they are all read alike.
   */
  private Optional<String> readTask() {
    if (columns.task().isPresent() || taskColumn().isEmpty()) {
      return columns.task();
    }
    List<String> tasks = stored.tasks();
    long ways =
        tasks.stream()
            .map(Optional::of)
            .map(task -> List.of(stored.form(task), stored.taskRows(task).map(TaskRows::columns)))
            .distinct()
            .count();
    if (ways > 1 && columns.text().isPresent()) {
      return Optional.empty();
    }
    if (ways > 1) {
      throw new UserInputException(
          "Cannot read rows of the tasks %s in one way: their columns differ in the run; name the"
                  .formatted(String.join(", ", tasks))
              + " column with the prompt with "
              + TEXT_OPTION);
    }
    return tasks.stream().findFirst();
  }

  /** Whether a prompt is made of a row's columns rather than found in one. */
  private static boolean readsRows(Optional<RowForm> form) {
    return switch (form.orElse(RowForm.PROMPT_COMPLETION)) {
      case MESSAGES, SHAREGPT, ALPACA -> true;
      case PROMPT_COMPLETION, TEXT -> false;
    };
  }

  private String promptColumn(Optional<RowForm> form) {
    String name = form.orElse(RowForm.PROMPT_COMPLETION).needed().get(0);
    return columns.text().orElse(rowColumns().getOrDefault(name, name));
  }

  /** The columns that are called otherwise in the rows of the run, or of the task that is named. */
  private Map<String, String> rowColumns() {
    return stored.taskRows(readTask()).map(TaskRows::columns).orElseGet(stored::columns);
  }
}
