package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.RunContext;
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
    RunContext context = RunContext.ofThisProcess();
    String folder = new TuningRun(recipe, context).run();
    Tracker.of(recipe.output().tracking(), context)
        .ifPresent(tracker -> tracker.afterRun(folder, recipe.spark()));
    return 0;
  }
}
