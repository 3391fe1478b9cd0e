package dev.rankwise.jobs.command;

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
    new TuningRun(recipe.read(), RunContext.ofThisProcess()).run();
    return 0;
  }
}
