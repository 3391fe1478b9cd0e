package dev.rankwise.jobs.estimate;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.pipeline.plan.PlanSettings;

/**
 * How a step is divided.
 *
 * @param batchSize examples of a step
 * @param groups tasks of a step
 */
public record StepShape(int batchSize, int groups) {

  static StepShape of(Recipe recipe) {
    PlanSettings plan = recipe.train().settings().plan();
    return new StepShape(plan.batchSize(), Math.min(plan.groups(), plan.batchSize()));
  }

  /** Examples of the largest group. */
  int sequencesPerGroup() {
    return (batchSize + groups - 1) / groups;
  }
}
