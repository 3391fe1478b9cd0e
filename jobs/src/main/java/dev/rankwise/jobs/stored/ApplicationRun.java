package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.pipeline.estimator.AdapterClassifierModel;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Adds predictions to a table.
 *
 * @param stored the adapter
 * @param columns names of columns
 * @param context where to tell
 */
public record ApplicationRun(StoredAdapter stored, Columns columns, RunContext context) {

  /**
   * Names of columns.
   *
   * @param text column with the text; as in the run's recipe if empty
   * @param prediction column to add
   * @param probability another column to add; empty for none
   */
  public record Columns(Optional<String> text, String prediction, String probability) {}

  /** Reads the table, predicts, and writes it with the new columns. */
  public void run(String input, String output) {
    try (RunSession session = RunSession.start("apply", stored.base(), stored.spark())) {
      Tables tables = new Tables(session.spark());
      tables.requireFree(output);
      AdapterClassifierModel model =
          AdapterClassifierModel.fromAdapter(stored.base(), stored.folder().toString())
              .setTextCol(text())
              .setPredictionCol(columns.prediction())
              .setProbabilityCol(columns.probability());
      stored
          .recipe()
          .ifPresent(
              recipe ->
                  model
                      .setBaseDtype(recipe.base().dtypeName())
                      .setAdapterDtype(recipe.train().adapterComputeName())
                      .setMaxTokens(
                          recipe
                              .data()
                              .preparation(session.config().maximumSequence())
                              .maximumTokens()));
      Dataset<Row> rows = tables.read(input);
      Dataset<Row> predicted = model.transform(rows);
      tables.requireWritable(predicted.schema(), output);
      SparkFailures.running(
          "apply the adapter",
          () -> {
            tables.write(predicted, output);
            return output;
          });
      context.say("Predicted  column \"%s\" in %s".formatted(columns.prediction(), output));
    }
  }

  private String text() {
    return columns
        .text()
        .or(() -> stored.recipe().map(Recipe::data).map(data -> data.columns().text()))
        .orElse("text");
  }
}
