package dev.rankwise.jobs.run;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ModuleFigures;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be said against a recipe before anything is computed: beyond its own keys, whether its
 * adapter fits its base and its sequences are not too long for it.
 *
 * @param recipe a recipe whose keys are valid
 * @param context where to tell
 */
public record RecipeCheck(Recipe recipe, RunContext context) {
  /**
   * Checks and tells, without Spark.
   *
   * @throws UserInputException with all problems at once
   */
  public void check() {
    recipe.notes().forEach(note -> context.say("Note: " + note));
    against(SparkSessions.bases(recipe.spark()).resolve(recipe.base().model()));
    context.say("The recipe is valid");
  }

  /**
   * Checks against a base, and tells what is adapted.
   *
   * @return what the recipe comes to
   * @throws UserInputException with all problems at once
   */
  public RecipePlan against(BaseDirectory base) {
    ModelConfig config = ModelConfig.read(base.config());
    List<String> problems = new ArrayList<>();
    found(problems, () -> recipe.data().preparation(config.maximumSequence()));
    found(problems, () -> RunFolders.requireBesideFirst(recipe));
    found(problems, () -> recipe.data().requireTasksOf(recipe.data().sequences().kind(config)));
    found(problems, () -> recipe.data().requireReadableBy(config));
    if (!recipe.data().isOfSeveralSources()) {
      found(problems, () -> recipe.data().rows());
      found(problems, () -> recipe.data().evaluationRows());
    }
    found(problems, () -> recipe.data().taskSources());
    List<RecipePlan> plans = new ArrayList<>();
    found(problems, () -> plans.add(RecipePlan.of(recipe, base)));
    plans.forEach(plan -> tell(plan, config.architecture()));
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("\n       ", problems));
    }
    return plans.get(0);
  }

  private void tell(RecipePlan plan, String architecture) {
    context.say("Adapter    " + text(plan.asked(), " of " + architecture));
    if (plan.asked().base().vision().isPresent()) {
      noteWideFactors(plan.asked());
    }
    plan.first()
        .ifPresent(first -> context.say("           above " + text(first, ", standing still")));
  }

  /** VoRA's rank is large, and keys and values are often narrow. */
  private void noteWideFactors(AdapterPlan plan) {
    List<String> wide =
        plan.matched().adapted().stream()
            .filter(
                it -> {
                  long in = it.module().inFeatures();
                  long out = it.module().outFeatures();
                  return it.rank() * (in + out) > in * out;
                })
            .map(it -> it.module().path())
            .toList();
    if (!wide.isEmpty()) {
      context.say(
          ("Note: the factors of %s, such as %s, have more numbers than the weight itself;"
                  + " adapter.rank-pattern gives single modules a lower rank")
              .formatted(CountText.of(wide.size(), "module"), wide.get(0)));
    }
  }

  private static String text(AdapterPlan plan, String remark) {
    return "%s on %s%s%s"
        .formatted(
            plan.method().name(),
            CountText.of(plan.matched().adapted().size(), "module"),
            remark,
            ModuleFigures.of(plan)
                .map(it -> ", rank %s, scale %s".formatted(it.rank(), it.scale()))
                .orElse(""));
  }

  private static void found(List<String> problems, Runnable check) {
    try {
      check.run();
    } catch (UserInputException e) {
      problems.add(e.getMessage());
    }
  }
}
