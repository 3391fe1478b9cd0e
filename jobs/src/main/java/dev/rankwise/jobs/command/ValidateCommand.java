package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.RecipeCheck;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code validate RECIPE}: all problems of a recipe at once, without starting anything. */
@Command(
    name = "validate",
    description = "Reads a recipe and prints all its problems; starts nothing.",
    mixinStandardHelpOptions = true)
public final class ValidateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  @Override
  public Integer call() {
    Recipe read = Recipe.read(recipe, options.settings());
    new RecipeCheck(read, RunContext.ofThisProcess()).check();
    return 0;
  }
}
