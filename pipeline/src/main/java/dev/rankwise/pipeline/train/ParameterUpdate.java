package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.optimizer.AdamW;
import dev.rankwise.pipeline.optimizer.LearningRateSchedule;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.StepGradient;
import java.util.List;

/**
 * What the driver makes of the gradient of each step of a run: the next parameters.
 *
 * @param settings clipping, policy and learning rate
 * @param schedule what the learning rate is multiplied by
 * @param optimizer makes an update of a clipped gradient
 * @param hook the method's part
 */
record ParameterUpdate(
    TrainingSettings settings, LearningRateSchedule schedule, AdamW optimizer, UpdateHook hook) {

  /**
   * What became of a gradient.
   *
   * @param norm norm of the whole objective's gradient, before clipping
   * @param rate learning rate of the step
   * @param updated whether the optimizer used it
   */
  record Outcome(double norm, double rate, boolean updated) {}

  /**
   * For a run.
   *
   * @param groups learning rates and weight decays; together they cover all parameters
   * @param steps number of steps of the run
   */
  static ParameterUpdate of(
      TrainingSettings settings, List<ParameterGroup> groups, int steps, TrainingRun run) {
    return new ParameterUpdate(
        settings,
        settings.schedule(steps),
        new AdamW(settings.optimizer(), groups, run.initial().length),
        run.hook());
  }

  /** Adds the method's own terms, clips, and updates what the run remembers, in place. */
  Outcome by(StepGradient sum, int step, RunMemory memory) {
    float[] theta = memory.theta();
    StepGradient gradient = sum.withGradient(hook.completed(theta, sum.gradient()));
    double norm = GlobalNormClip.norm(gradient.gradient());
    double factor = schedule.factor(step) * memory.rateFactor();
    double rate = settings.learningRate() * factor;
    boolean updated = settings.policy().admits(gradient, norm, settings.clip());
    if (updated) {
      hook.updating(step, theta, gradient.gradient());
      settings.clip().clip(gradient.gradient(), norm);
      optimizer.update(theta, gradient.gradient(), memory.optimizer(), rate);
      hook.updated(step, theta, gradient.gradient());
    } else {
      memory.multiplyRate(settings.policy().rateFactor());
    }
    hook.ended(step, theta);
    return new Outcome(norm, rate, updated);
  }
}
