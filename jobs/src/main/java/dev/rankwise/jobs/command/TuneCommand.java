package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tune RECIPE}: prepares where that is due, trains, evaluates, exports, reports. */
@Command(
    name = "tune",
    description = "Tunes an adapter: prepares stale data first, evaluates and reports after.",
    mixinStandardHelpOptions = true)
public final class TuneCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  @Override
  public Integer call() {
    Recipe read = Recipe.read(recipe, options.settings());
    new TuningRun(read, RunContext.ofThisProcess()).run();
    return 0;
  }
}
