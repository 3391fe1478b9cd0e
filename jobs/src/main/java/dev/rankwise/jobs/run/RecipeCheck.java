package dev.rankwise.jobs.run;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What can be said against a recipe before anything is computed: beyond its own keys, whether its
 * adapter fits its base and its sequences are not too long for it.
 *
 * @param recipe a recipe whose keys are valid
 * @param context where to tell
 */
public record RecipeCheck(Recipe recipe, RunContext context) {
  /** The classes are known from the rows alone; how many they are does not matter to a match. */
  private static final List<String> SOME_CLASSES = List.of("LABEL_0", "LABEL_1");

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

  /** Checks against a base, and tells what is adapted. */
  void against(BaseDirectory base) {
    ModelConfig config = ModelConfig.read(base.config());
    List<String> problems = new ArrayList<>();
    found(problems, () -> recipe.data().preparation(config.maximumSequence()));
    found(problems, () -> recipe.data().rows());
    found(problems, () -> recipe.data().evaluationRows());
    found(problems, () -> tellAdapter(base, config));
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("\n       ", problems));
    }
  }

  private void tellAdapter(BaseDirectory base, ModelConfig config) {
    ExampleKind kind = recipe.data().sequences().kind(config);
    AdapterSpec spec = recipe.adapter().spec(kind);
    AdapterPlan plan = AdapterPlan.of(headed(config, kind), spec);
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights weights = BaseWeights.of(file, ModuleTree.of(plan.base()));
      plan.requireTrained(weights.in(recipe.base().quantization(), recipe.base().dtype().stored()));
    }
    context.say(
        String.format(
            Locale.ROOT,
            "Adapter    %s on %d modules of %s, rank %d, scale %s",
            spec.method(),
            plan.matched().adapted().size(),
            config.architecture(),
            spec.rank(),
            spec.scaling().scale(spec.alpha(), spec.rank())));
  }

  /** The base with what the task puts on top; fails if it cannot do the task. */
  private static ModelConfig headed(ModelConfig config, ExampleKind kind) {
    ModelConfig headed =
        switch (kind) {
          case LABELLED -> config.forClassification(SOME_CLASSES);
          case SEQUENCES -> AdaptedDecoder.requireDecoder(config);
        };
    Networks.of(headed);
    return headed;
  }

  private static void found(List<String> problems, Runnable check) {
    try {
      check.run();
    } catch (UserInputException e) {
      problems.add(e.getMessage());
    }
  }
}
