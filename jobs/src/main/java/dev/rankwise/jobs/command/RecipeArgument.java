package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The recipe that a verb is given, with the options that replace its values. */
final class RecipeArgument {
  @Parameters(paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  /** The recipe as the command line means it. */
  Recipe read() {
    return Recipe.read(recipe, options.settings());
  }
}
