package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.RunContext;
import dev.rankwise.jobs.run.TuningRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quickstart}: the main job on a real model and real data, with built-in settings. */
@Command(
    name = "quickstart",
    description =
        "Tunes a small pre-trained encoder on WordNet's glosses and shows that it helped.",
    mixinStandardHelpOptions = true)
public final class QuickstartCommand implements Callable<Integer> {
  private static final String DIRECTORY = "runs/quickstart";

  @Mixin private RecipeOptions options = new RecipeOptions();

  @Override
  public Integer call() {
    Recipe recipe = Recipe.quickstart(options.settingsFor(DIRECTORY));
    new TuningRun(recipe, RunContext.ofThisProcess()).run();
    return 0;
  }
}
