package dev.rankwise.jobs.nightly;

import dev.rankwise.jobs.command.RecipeArgument;
import dev.rankwise.jobs.session.RunContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code nightly RECIPE}: from new rows to a promoted adapter, or at once to nothing new. */
@Command(
    name = "nightly",
    description =
        "Prepares new rows, tunes on them, holds the figures against the recipe's gates, registers"
            + " and promotes the adapter. Where nothing is new it ends at once; given again, it goes"
            + " on where it was interrupted.",
    mixinStandardHelpOptions = true)
public final class NightlyCommand implements Callable<Integer> {
  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Override
  public Integer call() {
    new NightlyRun(recipe::read, RunContext.ofThisProcess(), NightListener.none()).run();
    return 0;
  }
}
