package dev.rankwise.jobs.command;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.sweep.SweepRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sweep SWEEP}: runs that differ in some settings, side by side. */
@Command(
    name = "sweep",
    description =
        "Does the runs of a sweep file one after another and lays their figures side by side. Given"
            + " again, it does what is missing.",
    mixinStandardHelpOptions = true)
public final class SweepCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "SWEEP",
      description = "The sweep, a YAML file that names a recipe and what is varied.")
  private Path sweep;

  @Mixin private RecipeSettings settings = new RecipeSettings();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder of the sweep, with a run folder for each run in it.")
  private Path out;

  @Override
  public Integer call() {
    new SweepRun(sweep, settings.all(), out, RunContext.ofThisProcess()).run();
    return 0;
  }
}
