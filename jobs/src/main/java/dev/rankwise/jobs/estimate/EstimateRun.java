package dev.rankwise.jobs.estimate;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.RecipeCheck;
import dev.rankwise.jobs.run.RecipePlan;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.torch.OperatorProfile.OperatorTime;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.pipeline.executor.MemoryUse;
import dev.rankwise.pipeline.executor.MemoryWatch;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Says what a run of a recipe will take. Needs no Spark: what can be counted is counted, and one
 * micro-batch is computed here for the rest.
 *
 * @param recipe a recipe whose keys are valid
 * @param context where to tell
 */
public record EstimateRun(Recipe recipe, RunContext context) {
  private static final String TASK_CORES = "spark.task.cpus";
  private static final String EXECUTOR_CORES = "spark.executor.cores";
  private static final int OPERATORS_TOLD = 5;
  private static final long SPARKS_RESULT_LIMIT = 1L << 30;

  /**
   * Estimates and tells.
   *
   * @param to a JSON file that gets all figures
   */
  public void tell(Optional<Path> to) {
    Estimate estimate = estimate();
    tell(estimate);
    to.ifPresent(file -> AtomicFile.write(file, JsonFile.text(estimate.fields())));
  }

  /**
   * Estimates, and tells no more than what is adapted.
   *
   * @throws UserInputException with all problems of the recipe at once
   */
  public Estimate estimate() {
    BaseDirectory base = SparkSessions.bases(recipe.spark()).resolve(recipe.base().model());
    return estimate(base, new RecipeCheck(recipe, context).against(base));
  }

  private Estimate estimate(BaseDirectory base, RecipePlan plan) {
    TorchRuntime.load();
    MemoryWatch.ofThisJvm().start();
    Optional<MemoryUse> here = MemoryWatch.ofThisJvm().use();
    OptionalLong idle =
        here.isPresent() ? OptionalLong.of(here.get().idleBytes()) : OptionalLong.empty();
    ModelConfig config = ModelConfig.read(base.config());
    int longest =
        recipe.data().longest(recipe.data().sequences().kind(config), config.maximumSequence());
    return new Estimate(
        plan.baseNumbers(),
        plan.frozen().bytes(),
        plan.trained().layout().size() - plan.still(),
        plan.still(),
        StepShape.of(recipe),
        longest,
        idle,
        MeasuredMicroBatch.of(recipe, base, plan.trained(), longest, cores(TASK_CORES)));
  }

  private void tell(Estimate estimate) {
    say(
        "Trained    %,d of %,d numbers (%.2f %%)",
        estimate.trainedNumbers(),
        estimate.baseNumbers(),
        100.0 * estimate.trainedNumbers() / estimate.baseNumbers());
    if (estimate.stillNumbers() > 0) {
      say("           %,d more travel with them and stand still", estimate.stillNumbers());
    }
    tellMemory(estimate);
    say(
        "Traffic    of a step: %s to each executor, %s to the driver from %,d groups",
        megabytes(estimate.vectors().vectorBytes()),
        megabytes(estimate.collectedBytes()),
        estimate.step().groups());
    if (2 * estimate.trainedNumbers() >= estimate.baseNumbers()) {
      say(
          "Note       all weights travel, there and back, in each step; an adapter sends its own"
              + " numbers alone");
    }
    tellTime(estimate);
    int tasks = Math.max(1, cores(EXECUTOR_CORES) / cores(TASK_CORES));
    say(
        "Spark      --conf spark.executor.memoryOverhead=%dm where an executor runs %d at once",
        estimate.overheadBytes(tasks) >> 20, tasks);
    if (estimate.collectedBytes() > SPARKS_RESULT_LIMIT) {
      say(
          "           --conf spark.driver.maxResultSize=%dm (Spark's own limit is 1024m)",
          (2 * estimate.collectedBytes()) >> 20);
    }
  }

  private void tellMemory(Estimate estimate) {
    say("Memory     base: %s, mapped, once a host", megabytes(estimate.baseBytes()));
    estimate
        .idleBytes()
        .ifPresent(bytes -> say("           libraries: %s, each process", megabytes(bytes)));
    say(
        "           parameters and gradient: %s, each task",
        megabytes(estimate.vectors().taskBytes()));
    OptionalLong activations = estimate.measured().bytes();
    say(
        "           activations: %s, each task",
        activations.isPresent() ? megabytes(activations.getAsLong()) : "this system does not tell");
    say(
        "           optimizer: %s, and vectors of a step: %s, the driver",
        megabytes(estimate.vectors().optimizerBytes()),
        megabytes(estimate.vectors().driverBytes(estimate.step().groups())));
  }

  private void tellTime(Estimate estimate) {
    MeasuredMicroBatch measured = estimate.measured();
    say(
        "Time       %.2f s for a micro-batch of %,d tokens, here with %d threads on %s",
        measured.seconds(), measured.tokens(), measured.threads(), measured.processor());
    tellOperators(measured.operators());
    say(
        "           %.1f s for a step of at most %,d tokens, %.1f s if all groups run at once",
        estimate.secondsPerStep(1),
        estimate.tokensPerStep(),
        estimate.secondsPerStep(estimate.step().groups()));
  }

  private void tellOperators(List<OperatorTime> operators) {
    double all = operators.stream().mapToDouble(OperatorTime::seconds).sum();
    String longest =
        operators.stream()
            .limit(OPERATORS_TOLD)
            .map(
                it -> String.format(Locale.ROOT, "%s %.0f %%", it.name(), 100 * it.seconds() / all))
            .collect(Collectors.joining(", "));
    say("           of that %s", longest);
  }

  private void say(String format, Object... values) {
    context.say(String.format(Locale.ROOT, format, values));
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** One where the recipe leaves it to the cluster. */
  private int cores(String setting) {
    String asked = recipe.spark().settings().getOrDefault(setting, "1");
    return asked.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(asked) : 1;
  }
}
