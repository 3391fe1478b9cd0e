package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.ia3.Ia3;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.tune.AllocationSettings;
import dev.rankwise.pipeline.vision.AskedAdapter;
import dev.rankwise.pipeline.vision.AskedSight;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is trained. Driver only.
 *
 * @param spec what is asked of the adapter, whatever its task
 * @param frozen where an adapter lies that stays as it is beneath this one
 * @param start where an adapter lies that this one begins as
 * @param allocation how training moves rank between modules, where the method moves it
 * @param vision how a decoder learns to see, where the method is {@code vora}
 */
public record AdapterSection(
    AdapterSpec spec,
    Optional<Path> frozen,
    Optional<Path> start,
    AllocationSettings allocation,
    AskedSight vision) {

  /** What is asked of an adapter that learns from examples of {@code kind}. */
  public AdapterSpec spec(ExampleKind kind) {
    return switch (kind) {
      case LABELLED -> spec.withTaskType(AdapterSpec.CLASSIFICATION);
      case SEQUENCES -> spec.withTaskType(AdapterSpec.CAUSAL_LANGUAGE_MODEL);
    };
  }

  static AdapterSection of(RecipeValues values) {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    values
        .numbers("adapter.rank-pattern")
        .forEach((name, rank) -> ranks.put(name, rank.intValue()));
    Map<String, Double> alphas = new LinkedHashMap<>();
    values
        .numbers("adapter.alpha-pattern")
        .forEach((name, alpha) -> alphas.put(name, alpha.doubleValue()));
    return new AdapterSection(
        new AdapterSpec(
                method(values),
                values.whole("adapter.rank"),
                values.number("adapter.alpha"),
                values.number("adapter.dropout"),
                values.truth("adapter.use-rslora")
                    ? AdapterSpec.Scaling.BY_ROOT_OF_RANK
                    : AdapterSpec.Scaling.BY_RANK,
                values.constant(AdapterSpec.Initialisation.class, "adapter.initialisation"),
                modules(values, "adapter.targets"),
                modules(values, "adapter.exclude"),
                values.wholes("adapter.layers"),
                values.texts("adapter.layers-pattern"),
                ranks,
                alphas,
                values.texts("adapter.modules-to-save"),
                beside(values),
                AdapterSpec.CLASSIFICATION)
            .withAllocation(MethodKeys.allocation(values))
            .withMixture(MethodKeys.mixture(values))
            .withFurther(further(values)),
        path(values, "adapter.frozen"),
        path(values, "adapter.start"),
        MethodKeys.settings(values),
        vision(values));
  }

  private static Optional<Path> path(RecipeValues values, String key) {
    return values.has(key) ? Optional.of(Path.of(values.text(key))) : Optional.empty();
  }

  private static AskedSight vision(RecipeValues values) {
    return new AskedSight(
        values.has("adapter.teacher")
            ? Optional.of(values.text("adapter.teacher"))
            : Optional.empty(),
        values.optionalWhole("adapter.image-side"),
        values.optionalWhole("adapter.image-patch"),
        values.optionalWhole("adapter.image-width"),
        values.constant(Attention.class, "adapter.image-attention"),
        values.optionalWhole("adapter.image-layers"));
  }

  /** The same with what it takes on a base. */
  public AskedAdapter on(BaseDirectory base, ExampleKind kind) {
    return AskedAdapter.of(spec(kind), vision, base);
  }

  /** What is not named is not there, so that equal recipes make equal specifications. */
  private static Map<String, ModuleChoice> further(RecipeValues values) {
    return values.has("adapter.feedforward-modules")
        ? Map.of(Ia3.FEED_FORWARD, modules(values, "adapter.feedforward-modules"))
        : Map.of();
  }

  /** As PEFT has it, a switch makes DoRA of LoRA. */
  private static String method(RecipeValues values) {
    String method = values.text("adapter.method");
    return values.truth("adapter.use-dora") && method.equals("lora") ? "dora" : method;
  }

  private static TrainedBeside beside(RecipeValues values) {
    List<Integer> rows = values.wholes("adapter.trainable-token-indices");
    return new TrainedBeside(
        values.truth("adapter.lora-bias"),
        values.constant(TrainedBeside.BaseBiases.class, "adapter.bias"),
        rows.isEmpty() ? Map.of() : Map.of(TrainedBeside.TOKEN_TABLE, rows));
  }

  private static ModuleChoice modules(RecipeValues values, String key) {
    Object value = values.value(key);
    if (value == null) {
      return ModuleChoice.unset();
    }
    return value instanceof List<?>
        ? ModuleChoice.of(values.texts(key))
        : ModuleChoice.of(values.text(key));
  }
}
