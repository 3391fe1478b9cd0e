package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.jobs.conf.Recipe;
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
 * Adds to a table what an adapter says of each row: the label that a classifier predicts, or the
 * text that a decoder goes on with.
 *
 * @param stored the adapter
 * @param columns names of columns
 * @param text how a decoder generates
 * @param context where to tell
 */
public record ApplicationRun(
    StoredAdapter stored, Columns columns, TextSettings text, RunContext context) {
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
        AdapterClassifierModel.fromAdapter(stored.base(), stored.folder().toString())
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
    if (columns.text().isEmpty()) {
      stored.requireOneColumn();
    }
    AdapterGeneratorModel model =
        AdapterGeneratorModel.fromAdapter(stored.base(), stored.folder().toString())
            .setPromptCol(columns.text().or(stored::promptColumn).orElse("prompt"))
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
    Optional<Recipe> recipe = stored.recipe();
    recipe.ifPresent(
        it ->
            model
                .setBaseDtype(it.base().dtypeName())
                .setBaseQuantization(it.base().quantization().label())
                .setAdapterDtype(it.train().adapterComputeName()));
    return model;
  }
}
