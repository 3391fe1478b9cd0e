package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.PreparationRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code prepare RECIPE}: rows to tokenised Parquet with manifest, funnel and rejections. */
@Command(
    name = "prepare",
    description = "Checks, splits and tokenises the rows of a recipe.",
    mixinStandardHelpOptions = true)
public final class PrepareCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  @Override
  public Integer call() {
    Recipe read = Recipe.read(recipe, options.settings());
    new PreparationRun(read, RunContext.ofThisProcess()).prepare();
    return 0;
  }
}
