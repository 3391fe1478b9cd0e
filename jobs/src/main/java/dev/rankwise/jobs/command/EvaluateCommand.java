package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.EvaluationRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code evaluate PATH}: figures of a run or adapter on a data set. */
@Command(
    name = "evaluate",
    description =
        "Measures a model on held-out rows: those of its run, or any rows of its task, labelled for a"
            + " classifier, conversations or texts for a decoder. Beside it stands the same model with"
            + " the adapter off.",
    mixinStandardHelpOptions = true)
public final class EvaluateCommand implements Callable<Integer> {
  /** What only measures leaves the folder alone in which that recipe's runs keep their rows. */
  private static final List<String> ELSEWHERE = List.of("data.prepared=null");

  @Parameters(
      paramLabel = "PATH",
      description = "A run folder, an adapter in PEFT's form, or a whole model.")
  private String path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--data",
      paramLabel = "URI",
      description = "Rows: a path, table:NAME, sql:SELECT ... (the run's held-out rows).")
  private String data;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "Format of files (by extension).")
  private String format;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "Column with the text (as in the run's recipe, else text).")
  private String text;

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      description = "Column with the label (as in the run's recipe, else label).")
  private String label;

  @Option(
      names = "--row-format",
      paramLabel = "FORM",
      description = "Form of a decoder's rows, as data.row-format (as in the recipe, else found).")
  private String form;

  @Option(
      names = "--chat-format",
      paramLabel = "FORMAT",
      description =
          "How conversations are written, as data.chat-format (as in the recipe, else the base's own"
              + " template).")
  private String chat;

  @Option(
      names = "--max-tokens",
      paramLabel = "TOKENS",
      description = "Longest example, as data.max-tokens (as in the recipe).")
  private String longest;

  @Option(
      names = "--image-column",
      paramLabel = "NAME",
      description = "Column with each row's picture, as data.image-column (as in the recipe).")
  private String image;

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      description =
          "Rows of --data or --held-out-of are prepared in a fresh folder in it and removed. On a cluster all hosts"
              + " must reach it (on one host: the temporary folder).")
  private String work;

  @Option(
      names = "--held-out-of",
      paramLabel = "RECIPE",
      description =
          "Instead of --data: the held-out rows of that recipe, prepared as it says. So is told what"
              + " a model forgot of an earlier task.")
  private Path heldOutOf;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description =
          "Task of the rows of --data or --held-out-of, where they do not say it and the adapter routes"
              + " by tasks; the rows are read as that task's are in the run.")
  private String task;

  @Option(
      names = "--task-column",
      paramLabel = "NAME",
      description =
          "Column of the rows of --data with the task of each, as data.task-column (as in the recipe).")
  private String taskColumn;

  @Option(names = "--to", paramLabel = "FILE", description = "Also writes the figures as JSON.")
  private Path to;

  @Override
  public Integer call() {
    EvaluationRun.Rows rows =
        new EvaluationRun.Rows(
            Optional.ofNullable(data),
            Optional.ofNullable(format),
            Optional.ofNullable(text),
            Optional.ofNullable(label),
            reading(),
            Optional.ofNullable(work),
            Optional.ofNullable(heldOutOf).map(file -> Recipe.read(file, ELSEWHERE)),
            Optional.ofNullable(task));
    new EvaluationRun(adapter.at(path), rows, RunContext.ofThisProcess())
        .run(Optional.ofNullable(to));
    return 0;
  }

  /** The recipe's keys that say how rows are read, as far as they are given. */
  private SortedMap<String, String> reading() {
    SortedMap<String, String> reading = new TreeMap<>();
    Optional.ofNullable(form).ifPresent(value -> reading.put("data.row-format", value));
    Optional.ofNullable(chat).ifPresent(value -> reading.put("data.chat-format", value));
    Optional.ofNullable(longest).ifPresent(value -> reading.put("data.max-tokens", value));
    Optional.ofNullable(image).ifPresent(value -> reading.put("data.image-column", value));
    Optional.ofNullable(taskColumn).ifPresent(value -> reading.put("data.task-column", value));
    return reading;
  }
}
