package dev.rankwise.jobs.command;

import dev.rankwise.jobs.run.RecipeCheck;
import dev.rankwise.jobs.session.RunContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code validate RECIPE}: all problems of a recipe at once, without starting anything. */
@Command(
    name = "validate",
    description = "Reads a recipe and prints all its problems; starts nothing.",
    mixinStandardHelpOptions = true)
public final class ValidateCommand implements Callable<Integer> {
  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Override
  public Integer call() {
    new RecipeCheck(recipe.read(), RunContext.ofThisProcess()).check();
    return 0;
  }
}
