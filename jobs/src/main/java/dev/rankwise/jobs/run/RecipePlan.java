package dev.rankwise.jobs.run;

import dev.rankwise.adapters.pissa.PrincipalFactors;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.stack.StackedPlans;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import java.util.List;
import java.util.Optional;

/**
 * What a recipe comes to on its base, before any row is read: a classifier has two classes.
 *
 * @param asked the adapter that is asked for, by itself
 * @param first the adapter that stands still beneath it, by itself; empty if there is none
 * @param trained what is trained, and saved; another than what is asked for above a first adapter,
 *     and where principal factors are
 * @param still how many of its numbers stand still
 * @param baseNumbers how many numbers the base has
 * @param frozen what it leaves frozen of the base
 */
public record RecipePlan(
    AdapterPlan asked,
    Optional<AdapterPlan> first,
    AdapterPlan trained,
    int still,
    long baseNumbers,
    FrozenWeights frozen) {
  /** The classes are known from the rows alone; how many they are does not matter to a match. */
  private static final List<String> SOME_CLASSES = List.of("LABEL_0", "LABEL_1");

  /**
   * The part of a base that is not trained, as executors map it.
   *
   * @param bytes its bytes, once a host
   * @param form label of the form that its linear weights have if they are in four bits, made so or
   *     stored so; empty if they are not
   */
  public record FrozenWeights(long bytes, String form) {

    /** What a plan leaves frozen of the recipe's base. */
    static FrozenWeights of(Recipe recipe, BaseDirectory base, AdapterPlan plan) {
      try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
        return of(plan, weights(recipe, file, plan), recipe.base().dtype().stored());
      }
    }

    private static FrozenWeights of(AdapterPlan plan, BaseWeights weights, ElementType type) {
      String form =
          weights.present().keySet().stream()
              .flatMap(name -> weights.layout(name).stream())
              .map(layout -> layout.form().label())
              .findFirst()
              .orElse("");
      return new FrozenWeights(plan.frozenBytes(weights, type), form);
    }
  }

  /**
   * Works it out.
   *
   * @throws UserInputException if the adapter does not fit the base, or the adapter beneath it, or
   *     would freeze what the base's file lacks
   */
  static RecipePlan of(Recipe recipe, BaseDirectory base) {
    ModelConfig config = ModelConfig.read(base.config());
    ExampleKind kind = recipe.data().sequences().kind(config);
    AdapterSpec spec = recipe.adapter().on(base, kind).spec();
    ModelConfig headed = headed(config, kind);
    Optional<EarlierAdapter> first = EarlierAdapter.frozen(recipe, base);
    if (first.isPresent()) {
      StackedPlans stack = first.get().factors().over(headed, spec);
      Optional<AdapterPlan> beneath = Optional.of(stack.first());
      int still = stack.first().layout().size();
      return onWeights(recipe, base, stack.second(), beneath, stack.both(), still);
    }
    if (PrincipalFactors.areAskedOf(spec)) {
      AdapterPlan doubled = AdapterPlan.of(headed, PrincipalFactors.doubled(spec));
      AdapterPlan asked = AdapterPlan.of(headed, spec);
      int still = PrincipalFactors.still(doubled);
      return onWeights(recipe, base, asked, Optional.empty(), doubled, still);
    }
    AdapterPlan plan = AdapterPlan.of(headed, spec);
    EarlierAdapter.start(recipe, base).ifPresent(it -> it.continued().requireAdaptedLike(plan));
    return onWeights(recipe, base, plan, Optional.empty(), plan, 0);
  }

  private static RecipePlan onWeights(
      Recipe recipe,
      BaseDirectory base,
      AdapterPlan asked,
      Optional<AdapterPlan> first,
      AdapterPlan trained,
      int still) {
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights weights = weights(recipe, file, trained);
      trained.requireTrained(weights);
      long numbers = weights.present().values().stream().mapToLong(TensorSpec::elements).sum();
      FrozenWeights frozen = FrozenWeights.of(trained, weights, recipe.base().dtype().stored());
      return new RecipePlan(asked, first, trained, still, numbers, frozen);
    }
  }

  private static BaseWeights weights(Recipe recipe, SafetensorsFile file, AdapterPlan plan) {
    return BaseWeights.of(file, plan.matched().tree())
        .in(recipe.base().quantization(), recipe.base().dtype().stored());
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
}
