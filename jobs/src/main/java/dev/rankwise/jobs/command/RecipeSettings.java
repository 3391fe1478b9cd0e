package dev.rankwise.jobs.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Replacements of a recipe's values. */
final class RecipeSettings {
  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Replaces a value of the recipe: --set train.seed=7. May be given often.")
  private List<String> settings = new ArrayList<>();

  /** A copy, in the order of the command line. */
  List<String> all() {
    return new ArrayList<>(settings);
  }
}
