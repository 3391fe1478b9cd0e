package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.LearningRateSchedule;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import java.util.Objects;

/**
 * What the training loop is told by the recipe. Stays on the driver.
 *
 * @param plan order, batch size, groups and length of the run
 * @param learningRate highest learning rate
 * @param shape how the learning rate runs
 * @param warmUp how long it rises
 * @param optimizer constants of AdamW
 * @param clip where the gradient's norm is clipped
 * @param policy what a gradient that is not finite does
 * @param safeguards what else ends a run, and what it leaves out
 */
public record TrainingSettings(
    PlanSettings plan,
    double learningRate,
    RateShape shape,
    WarmUp warmUp,
    AdamWSettings optimizer,
    GlobalNormClip clip,
    GradientPolicy policy,
    Safeguards safeguards) {

  public TrainingSettings {
    Objects.requireNonNull(plan, "plan");
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(warmUp, "warmUp");
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(clip, "clip");
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(safeguards, "safeguards");
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new UserInputException(
          "Invalid learning rate: " + learningRate + "; it must be a positive, finite number");
    }
  }

  /** A run without further safeguards. */
  public TrainingSettings(
      PlanSettings plan,
      double learningRate,
      RateShape shape,
      WarmUp warmUp,
      AdamWSettings optimizer,
      GlobalNormClip clip,
      GradientPolicy policy) {
    this(plan, learningRate, shape, warmUp, optimizer, clip, policy, Safeguards.none());
  }

  /** One epoch in batches of 32 and eight groups, linear decay, 6 % warm-up, clipped at norm 1. */
  public static TrainingSettings defaults(long seed, double learningRate) {
    return new TrainingSettings(
        new PlanSettings(seed, 32, 8, 4096, 1, PlanSettings.UNLIMITED, LastStep.DROP),
        learningRate,
        RateShape.LINEAR,
        WarmUp.ofFraction(0.06),
        AdamWSettings.defaults(),
        new GlobalNormClip(1),
        GradientPolicy.STOP);
  }

  /** The same settings with another plan. */
  public TrainingSettings withPlan(PlanSettings plan) {
    return new TrainingSettings(
        plan, learningRate, shape, warmUp, optimizer, clip, policy, safeguards);
  }

  /** The learning rate over a run of {@code steps} steps, as a factor. */
  public LearningRateSchedule schedule(int steps) {
    return LearningRateSchedule.of(shape, warmUp.stepsOf(steps), steps);
  }
}
