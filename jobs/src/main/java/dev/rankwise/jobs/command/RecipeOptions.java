package dev.rankwise.jobs.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the verbs that take a recipe. */
public final class RecipeOptions {
  @Mixin private RecipeSettings replaced = new RecipeSettings();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run folder, a path or an address; replaces output.directory.")
  private String out;

  /** The replacements of values alone. */
  public List<String> replaced() {
    return replaced.all();
  }

  /** The run folder, if one is named. */
  public Optional<String> out() {
    return Optional.ofNullable(out);
  }

  /** All replacements, with a run folder for the case that none is named. */
  List<String> settingsFor(String directory) {
    List<String> all = new ArrayList<>(List.of("output.directory=" + directory));
    all.addAll(settings());
    return all;
  }

  /** All replacements, the run folder among them. */
  public List<String> settings() {
    List<String> all = replaced.all();
    if (out != null) {
      all.add("output.directory=" + out);
    }
    return all;
  }
}
