package dev.rankwise.jobs.command;

import dev.rankwise.jobs.estimate.EstimateRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code estimate RECIPE}: what a run will take. */
@Command(
    name = "estimate",
    description =
        "Says what a run will take, before a cluster is taken: parameters, memory by part, traffic"
            + " and time of a step. Computes one micro-batch here.",
    mixinStandardHelpOptions = true)
public final class EstimateCommand implements Callable<Integer> {
  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Option(names = "--to", paramLabel = "FILE", description = "A JSON file that gets all figures.")
  private Path to;

  @Override
  public Integer call() {
    new EstimateRun(recipe.read(), RunContext.ofThisProcess()).tell(Optional.ofNullable(to));
    return 0;
  }
}
