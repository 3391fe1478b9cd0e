package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.command.RecipeOptions;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code doctor [RECIPE]}: what is wrong with a machine or a cluster, and how to mend it. */
@Command(
    name = "doctor",
    description =
        "Checks this machine or cluster, for a recipe's run or for any: native library and bits on"
            + " every executor, clocks, memory, result size, shared folders, files, GPUs; says how"
            + " to mend each. Ends with 6 if something must be mended.",
    mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "RECIPE",
      arity = "0..1",
      description = "The recipe whose run it is to be good for, a YAML file.")
  private Path recipe;

  @Mixin private RecipeOptions options = new RecipeOptions();

  @Option(
      names = "--shared",
      paramLabel = "DIR",
      description =
          "A further folder that driver and executors must share, a path or an address. May be"
              + " given often.")
  private List<String> shared = new ArrayList<>();

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long executors may take to come (60).")
  private int wait = 60;

  @Option(names = "--to", paramLabel = "FILE", description = "A JSON file that gets all of it.")
  private Path to;

  @Override
  public Integer call() {
    if (wait < 1) {
      throw new UserInputException(
          "Invalid --wait: %s (must be at least 1 second)".formatted(wait));
    }
    return doctor().isWell(Optional.ofNullable(to)) ? 0 : FailureCode.CLUSTER_UNABLE.exitCode();
  }

  private Doctor doctor() {
    RunContext context = RunContext.ofThisProcess();
    Duration patience = Duration.ofSeconds(wait);
    if (recipe != null) {
      Recipe read = Recipe.read(recipe, options.settings());
      return new Doctor(Optional.of(read), read.spark(), shared, patience, context);
    }
    List<String> places = new ArrayList<>(options.out().stream().toList());
    places.addAll(shared);
    return new Doctor(
        Optional.empty(), SparkSection.of(options.replaced()), places, patience, context);
  }
}
