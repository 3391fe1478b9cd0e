package dev.rankwise.jobs.command;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.NewBaseRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code new-base RECIPE}: a tokenizer and random weights, to be trained by method full. */
@Command(
    name = "new-base",
    description =
        "Makes a base that nobody has trained: a tokenizer trained on a recipe's rows, and random"
            + " weights.",
    mixinStandardHelpOptions = true)
public final class NewBaseCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "A YAML file that names the rows.")
  private Path recipe;

  @Mixin private RecipeSettings replaced = new RecipeSettings();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "A config.json of transformers that says the architecture and its sizes.")
  private Path config;

  @Option(
      names = "--vocabulary",
      paramLabel = "TOKENS",
      description =
          "Number of tokens, the 256 bytes and the special ones among them; none for a base that reads"
              + " pictures.")
  private Integer vocabulary;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder that is made; it must not exist.")
  private Path out;

  @Override
  public Integer call() {
    new NewBaseRun(Recipe.read(recipe, replaced.all()), RunContext.ofThisProcess())
        .write(config, Optional.ofNullable(vocabulary), out);
    return 0;
  }
}
