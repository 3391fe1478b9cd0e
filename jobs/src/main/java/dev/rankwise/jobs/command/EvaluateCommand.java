package dev.rankwise.jobs.command;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.EvaluationRun;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code evaluate PATH}: figures of a run or adapter on a data set. */
@Command(
    name = "evaluate",
    description =
        "Measures an adapter on held-out rows: those of its run, or any labelled rows. Beside it"
            + " stands the same classifier with the adapter off.",
    mixinStandardHelpOptions = true)
public final class EvaluateCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      description = "A run folder, an adapter in PEFT's form, or a whole model.")
  private Path path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--data",
      paramLabel = "URI",
      description = "Labelled rows: a path, table:NAME, sql:SELECT ... (the run's held-out rows).")
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
      names = "--work",
      paramLabel = "FOLDER",
      description =
          "Rows of --data are prepared in a fresh folder in it and removed. On a cluster all hosts"
              + " must reach it (on one host: the temporary folder).")
  private String work;

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
            Optional.ofNullable(work));
    new EvaluationRun(adapter.at(path), rows, RunContext.ofThisProcess())
        .run(Optional.ofNullable(to));
    return 0;
  }
}
