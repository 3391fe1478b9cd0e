package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.pipeline.train.StepTimes;
import java.util.function.ToDoubleFunction;

/** The parts of a step's time, in the order in which they are shown. */
enum StepPart {
  COMPUTE(new Legend("compute", "forward and backward passes", Ink.MAIN), StepTimes::compute),
  WAITING(
      new Legend("waiting", "some tasks are done, the slowest still computes", Ink.PALE),
      StepTimes::waiting),
  BROADCAST(
      new Legend("broadcast", "handing the adapter to the executors", Ink.LOST),
      StepTimes::broadcast),
  SCHEDULE(new Legend("schedule", "Spark starts the tasks", Ink.SECOND), StepTimes::schedule),
  COLLECT(
      new Legend("collect", "gradients travel back to the driver", Ink.THIRD), StepTimes::collect),
  SUM(new Legend("sum", "checking and adding them", Ink.FOURTH), StepTimes::sum),
  OPTIMIZER(new Legend("optimizer", "clipping and the update", Ink.FIFTH), StepTimes::optimizer);

  private final Legend legend;
  private final ToDoubleFunction<StepTimes> seconds;

  StepPart(Legend legend, ToDoubleFunction<StepTimes> seconds) {
    this.legend = legend;
    this.seconds = seconds;
  }

  /** How it is shown. */
  Legend legend() {
    return legend;
  }

  /** Whether the part is neither computing nor waiting for it. */
  boolean overhead() {
    return this != COMPUTE && this != WAITING;
  }

  double seconds(StepTimes times) {
    return seconds.applyAsDouble(times);
  }
}
