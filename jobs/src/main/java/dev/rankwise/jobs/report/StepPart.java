package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.pipeline.train.StepTimes;
import java.util.function.ToDoubleFunction;

/** The parts of a step's time, in the order in which they are shown. */
enum StepPart {
  COMPUTE("compute", "forward and backward passes", Ink.MAIN, StepTimes::compute),
  WAITING(
      "waiting", "some tasks are done, the slowest still computes", Ink.PALE, StepTimes::waiting),
  BROADCAST("broadcast", "handing the adapter to the executors", Ink.LOST, StepTimes::broadcast),
  SCHEDULE("schedule", "Spark starts the tasks", Ink.SECOND, StepTimes::schedule),
  COLLECT("collect", "gradients travel back to the driver", Ink.THIRD, StepTimes::collect),
  SUM("sum", "checking and adding them", Ink.FOURTH, StepTimes::sum),
  OPTIMIZER("optimizer", "clipping and the update", Ink.FIFTH, StepTimes::optimizer);

  private final String label;
  private final String description;
  private final Ink ink;
  private final ToDoubleFunction<StepTimes> seconds;

  StepPart(String label, String description, Ink ink, ToDoubleFunction<StepTimes> seconds) {
    this.label = label;
    this.description = description;
    this.ink = ink;
    this.seconds = seconds;
  }

  String label() {
    return label;
  }

  String description() {
    return description;
  }

  Ink ink() {
    return ink;
  }

  /** Whether the part is neither computing nor waiting for it. */
  boolean overhead() {
    return this != COMPUTE && this != WAITING;
  }

  double seconds(StepTimes times) {
    return seconds.applyAsDouble(times);
  }
}
