package dev.rankwise.jobs.command;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.ApplicationRun;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code apply PATH}: a table in, the same table with a column of what the adapter says out. */
@Command(
    name = "apply",
    description =
        "Adds to a table the label that a classifier predicts for each text or picture, or the text"
            + " that a decoder goes on with after each prompt.",
    mixinStandardHelpOptions = true)
public final class ApplyCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      description = "A run folder, an adapter in PEFT's form, or a whole model.")
  private String path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--input",
      paramLabel = "URI",
      required = true,
      description = "The table: a path to CSV, JSON lines or Parquet, table:NAME, sql:SELECT ...")
  private String input;

  @Option(
      names = "--to",
      paramLabel = "URI",
      required = true,
      description =
          "Where the table goes: a folder NAME.csv, NAME.jsonl or NAME.parquet that Spark writes, or"
              + " table:NAME.")
  private String output;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description =
          "Column with the text (as in the run's recipe, else text; for a decoder, prompt).")
  private String text;

  @Option(
      names = "--prediction-column",
      paramLabel = "NAME",
      description = "Column to add (prediction; for a decoder, generated).")
  private String prediction;

  @Option(
      names = "--probability-column",
      paramLabel = "NAME",
      description = "Also a column with the probability of each class, in class order (none).")
  private String probability = "";

  @Option(
      names = "--reason-column",
      paramLabel = "NAME",
      description =
          "Of a classifier also a column that says why a row has no label, such as"
              + " PICTURE_TRUNCATED (none).")
  private String reason = "";

  @Option(
      names = "--finish-column",
      paramLabel = "NAME",
      description = "Of a decoder also a column that says why a text ended (finish).")
  private String finish = "finish";

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "Of a decoder: task of all rows, where the adapter routes by tasks.")
  private String task;

  @Option(
      names = "--task-column",
      paramLabel = "NAME",
      description =
          "Of a decoder: column with the name of each row's task, where the adapter routes by tasks"
              + " (as in the run's recipe).")
  private String taskColumn;

  @Option(
      names = "--image-column",
      paramLabel = "NAME",
      description =
          "Of a model that reads pictures: column with each row's picture, as bytes or a path (as in the"
              + " run's recipe).")
  private String image;

  @Mixin private SamplingOptions generation = new SamplingOptions();

  @Override
  public Integer call() {
    ApplicationRun.Columns columns =
        new ApplicationRun.Columns(
            Optional.ofNullable(text),
            Optional.ofNullable(prediction),
            probability,
            reason,
            finish,
            Optional.ofNullable(task),
            Optional.ofNullable(taskColumn),
            Optional.ofNullable(image));
    new ApplicationRun(adapter.at(path), columns, generation.settings(), RunContext.ofThisProcess())
        .run(input, output);
    return 0;
  }
}
