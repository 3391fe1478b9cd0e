package dev.rankwise.jobs.conf;

import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.pipeline.guard.LossWatch;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.train.WarmUp;
import dev.rankwise.pipeline.tune.LoraPlus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The optimizer's steps. Driver only.
 *
 * @param settings what the training loop is told
 * @param weightDecay weight decay of all trained parameters
 * @param loraPlus rates by kind of parameter; empty for one rate
 * @param adapterCompute element type of the adapter's products
 * @param activations whether the blocks' intermediate results are kept for the backward pass
 * @param threads native threads of one task; absent for as many as a task has cores
 */
public record TrainSection(
    TrainingSettings settings,
    double weightDecay,
    Optional<LoraPlus> loraPlus,
    BaseType adapterCompute,
    BlockActivations activations,
    OptionalInt threads) {
  private static final String MAX_LOSS_RATIO = "train.max-loss-ratio";
  private static final String QUARANTINE = "train.quarantine";

  /** The keys of what ends a run that does not do well, and of what it leaves out. */
  static List<RecipeKey> safeguards() {
    return List.of(
        RecipeKey.of(
                MAX_LOSS_RATIO,
                KeyType.number("(1, inf)"),
                "the run ends (exit code 9) where the mean loss of %s steps is more than this many"
                        .formatted(LossWatch.WINDOW)
                    + " times the lowest such mean before")
            .otherwise("it never ends for that"),
        RecipeKey.of(
                QUARANTINE,
                KeyType.whole("[0, inf)"),
                "how many examples may be left out of which each makes a step fail always, or its"
                    + " gradient not finite; they are looked for by halves and told by row id")
            .in("examples")
            .byDefault(0L)
            .decidingBitsUnlessDefault());
  }

  static TrainSection of(RecipeValues values) {
    PlanSettings plan =
        new PlanSettings(
            values.wide("train.seed"),
            values.whole("train.batch-size"),
            values.whole("train.groups"),
            values.whole("train.micro-batch-tokens"),
            values.number("train.epochs"),
            values.optionalWhole("train.max-steps").orElse(PlanSettings.UNLIMITED),
            values.constant(LastStep.class, "train.last-step"));
    double norm = values.number("train.max-grad-norm");
    TrainingSettings settings =
        new TrainingSettings(
            plan,
            values.number("train.learning-rate"),
            values.constant(RateShape.class, "train.schedule"),
            warmUp(values),
            new AdamWSettings(
                values.number("train.beta1"),
                values.number("train.beta2"),
                values.number("train.epsilon")),
            norm == 0 ? GlobalNormClip.none() : new GlobalNormClip(norm),
            values.constant(GradientPolicy.class, "train.non-finite"),
            new Safeguards(
                values.has(MAX_LOSS_RATIO)
                    ? values.number(MAX_LOSS_RATIO)
                    : Double.POSITIVE_INFINITY,
                values.whole(QUARANTINE)));
    return new TrainSection(
        settings,
        values.number("train.weight-decay"),
        loraPlus(values),
        values.constant(BaseType.class, "train.adapter-compute"),
        values.constant(BlockActivations.class, "train.activations"),
        values.optionalWhole("train.threads"));
  }

  /** The element type of the adapter's products as a recipe spells it. */
  public String adapterComputeName() {
    return Words.of(adapterCompute);
  }

  /** The seed of initial values and of the order of examples. */
  public long seed() {
    return settings.plan().seed();
  }

  private static Optional<LoraPlus> loraPlus(RecipeValues values) {
    return values.has("train.loraplus-ratio")
        ? Optional.of(
            new LoraPlus(
                values.number("train.loraplus-ratio"),
                values.number("train.loraplus-embedding-rate"),
                values.constant(LoraPlus.Magnitudes.class, "train.loraplus-magnitudes")))
        : Optional.empty();
  }

  private static WarmUp warmUp(RecipeValues values) {
    return values.has("train.warmup-steps")
        ? WarmUp.ofSteps(values.whole("train.warmup-steps"))
        : WarmUp.ofFraction(values.number("train.warmup-fraction"));
  }
}
