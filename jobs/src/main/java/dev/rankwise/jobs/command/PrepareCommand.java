package dev.rankwise.jobs.command;

import dev.rankwise.jobs.run.PreparationRun;
import dev.rankwise.jobs.session.RunContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code prepare RECIPE}: rows to tokenised Parquet with manifest, funnel and rejections. */
@Command(
    name = "prepare",
    description = "Checks, splits and tokenises the rows of a recipe.",
    mixinStandardHelpOptions = true)
public final class PrepareCommand implements Callable<Integer> {
  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Override
  public Integer call() {
    new PreparationRun(recipe.read(), RunContext.ofThisProcess()).prepare();
    return 0;
  }
}
