package dev.rankwise.jobs.run;

import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;

/** What steps of a run of ten did. */
final class Steps {
  private Steps() {}

  /** A step of half a second with 100 tokens. */
  static StepMetrics step(int step, double loss) {
    StepTimes times = new StepTimes(0.5, 0.3, 0.1, 0.02, 0.02, 0.02, 0.02, 0.02);
    return new StepMetrics(step, 10, 0, loss, 1e-3, 2.5, 4, 100, true, times);
  }
}
