package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.RunContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tune RECIPE}: prepares where that is due, trains, evaluates, exports, reports. */
@Command(
    name = "tune",
    description = "Tunes an adapter: prepares stale data first, evaluates and reports after.",
    mixinStandardHelpOptions = true)
public final class TuneCommand implements Callable<Integer> {
  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Override
  public Integer call() {
    Recipe asked = recipe.read();
    RunContext context = RunContext.ofThisProcess();
    String folder = new TuningRun(asked, context).run();
    Tracker.of(asked.output().tracking(), context)
        .ifPresent(tracker -> tracker.afterRun(folder, asked.spark()));
    return 0;
  }
}
