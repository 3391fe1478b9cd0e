package dev.rankwise.jobs.command;

import dev.rankwise.jobs.run.PreparationRun;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.failure.UserInputException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code preview RECIPE}: some prepared examples as the model sees them. */
@Command(
    name = "preview",
    description =
        "Shows some prepared examples as the model sees them: tokens, special ones marked.",
    mixinStandardHelpOptions = true)
public final class PreviewCommand implements Callable<Integer> {
  private static final int MOST_EXAMPLES = 1000;

  @Option(
      names = "--examples",
      paramLabel = "COUNT",
      description = "How many examples to show, 1 to 1000 (5).")
  private int examples = 5;

  @Mixin private RecipeArgument recipe = new RecipeArgument();

  @Override
  public Integer call() {
    if (examples < 1 || examples > MOST_EXAMPLES) {
      throw new UserInputException(
          "Invalid --examples: %s (must be in [1, %s])".formatted(examples, MOST_EXAMPLES));
    }
    new PreparationRun(recipe.read(), RunContext.ofThisProcess()).preview(examples);
    return 0;
  }
}
