package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.estimator.AdapterClassifierModel;
import dev.rankwise.pipeline.estimator.AdapterGeneratorModel;
import java.util.Optional;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

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

  /**
   * Names of columns.
   *
   * @param text column with the text or the prompt; as in the run's recipe if empty
   * @param prediction column to add; if empty {@value #PREDICTION}, or {@value #GENERATED} of a
   *     decoder
   * @param probability another column to add, of a classifier; empty for none
   * @param finish another column to add, of a decoder; empty for none
   */
  public record Columns(
      Optional<String> text, Optional<String> prediction, String probability, String finish) {}

  /** Reads the table, and writes it with the new columns. */
  public void run(String input, String output) {
    try (RunSession session = RunSession.start("apply", stored.base(), stored.spark())) {
      Tables tables = new Tables(session.spark());
      tables.requireFree(output);
      boolean decodes = session.config().task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
      String added = columns.prediction().orElse(decodes ? GENERATED : PREDICTION);
      Transformer model = decodes ? generator(added) : classifier(session, added);
      Dataset<Row> answered = model.transform(tables.read(input));
      tables.requireWritable(answered.schema(), output);
      SparkFailures.running(
          "apply the adapter",
          () -> {
            tables.write(answered, output);
            return output;
          });
      context.say(
          "%s  column \"%s\" in %s".formatted(decodes ? "Generated" : "Predicted", added, output));
    }
  }

  private AdapterClassifierModel classifier(RunSession session, String added) {
    AdapterClassifierModel model =
        stored
            .adapter()
            .map(folder -> AdapterClassifierModel.fromAdapter(stored.base(), folder.toString()))
            .orElseGet(() -> AdapterClassifierModel.fromModel(stored.base()))
            .setTextCol(
                columns
                    .text()
                    .or(() -> stored.recipe().map(it -> it.data().columns().text()))
                    .orElse("text"))
            .setPredictionCol(added)
            .setProbabilityCol(columns.probability());
    stored
        .recipe()
        .ifPresent(
            recipe ->
                model
                    .setBaseDtype(recipe.base().dtypeName())
                    .setBaseQuantization(recipe.base().quantization().label())
                    .setAdapterDtype(recipe.train().adapterComputeName())
                    .setMaxTokens(
                        recipe
                            .data()
                            .preparation(session.config().maximumSequence())
                            .maximumTokens()));
    return model;
  }

  private AdapterGeneratorModel generator(String added) {
    if (!columns.probability().isEmpty()) {
      throw new UserInputException(
          "Cannot add probabilities of classes: the base is a decoder, which has none; leave"
              + " --probability-column out");
    }
    AdapterGeneratorModel model =
        stored
            .adapter()
            .map(folder -> AdapterGeneratorModel.fromAdapter(stored.base(), folder.toString()))
            .orElseGet(() -> AdapterGeneratorModel.fromModel(stored.base()))
            .setGeneratedCol(added)
            .setFinishCol(columns.finish())
            .setChatFormat(text.chatFormat().or(stored::chatFormat).orElse(""))
            .setMaxNewTokens(text.mostTokens())
            .setTemperature(text.sampling().temperature())
            .setTopK(text.sampling().topK())
            .setTopP(text.sampling().topP())
            .setRepetitionPenalty(text.sampling().repetitionPenalty())
            .setStopTexts(text.stops().toArray(String[]::new))
            .setSeed(text.seed())
            .setBatchSize(text.batchSize());
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

  /** Where prompts lie: where the user says, else where the run's training rows had theirs. */
  private void readPrompts(AdapterGeneratorModel model) {
    Optional<RowForm> form = columns.text().isPresent() ? Optional.empty() : stored.form();
    switch (form.orElse(RowForm.PROMPT_COMPLETION)) {
      case MESSAGES, SHAREGPT, ALPACA ->
          model
              .setRowFormat(form.orElseThrow().label())
              .setRowColumns(
                  stored.columns().entrySet().stream()
                      .map(entry -> entry.getKey() + "=" + entry.getValue())
                      .toArray(String[]::new));
      case PROMPT_COMPLETION, TEXT -> model.setPromptCol(columns.text().orElse(promptColumn(form)));
    }
  }

  private String promptColumn(Optional<RowForm> form) {
    String name = form.orElse(RowForm.PROMPT_COMPLETION).needed().get(0);
    return stored.columns().getOrDefault(name, name);
  }
}
