package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The recipe that a verb is given, with the options that replace its values. */
public final class RecipeArgument {
  @Parameters(paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  /** The recipe as the command line means it. */
  public Recipe read() {
    return read(List.of());
  }

  /**
   * The same with settings that go before those of the command line.
   *
   * @param settings in the form {@code section.key=value}
   */
  public Recipe read(List<String> settings) {
    List<String> all = new ArrayList<>(options.settings());
    all.addAll(settings);
    return Recipe.read(recipe, all);
  }
}
