package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.reduce.GroupTiming;
import java.util.List;

/**
 * Where the time of a step went, in seconds. The parts add up to the whole.
 *
 * @param step the whole step on the driver
 * @param compute forward and backward passes, as the mean over the task slots
 * @param waiting time in which a slot had nothing left to do while the last groups were computed
 * @param broadcast handing out the parameters
 * @param schedule from the start of the job to its first task, and gaps between the tasks of a slot
 * @param collect from the end of the last task to its result on the driver
 * @param sum checking and adding the groups
 * @param optimizer norm, clipping and update
 */
public record StepTimes(
    double step,
    double compute,
    double waiting,
    double broadcast,
    double schedule,
    double collect,
    double sum,
    double optimizer) {

  /** All that is neither computing nor waiting for the slowest group. */
  public double overhead() {
    return broadcast + schedule + collect + sum + optimizer;
  }

  /** All that is not computing. */
  public double sync() {
    return waiting + overhead();
  }

  /**
   * Splits a step.
   *
   * @param laps when the step began, and when broadcast, job, sum and optimizer ended, in
   *     microseconds by the driver's clock: five numbers
   * @param groups when each group was computed, by the clocks of the executors' hosts
   * @param slots how many groups can be computed at once
   */
  static StepTimes split(long[] laps, List<GroupTiming> groups, int slots) {
    long job = laps[2] - laps[1];
    long firstStart = groups.stream().mapToLong(GroupTiming::startedMicros).min().orElse(laps[1]);
    long lastStart = groups.stream().mapToLong(GroupTiming::startedMicros).max().orElse(laps[1]);
    long lastEnd = groups.stream().mapToLong(GroupTiming::finishedMicros).max().orElse(laps[1]);
    // Only differences within the executors' clock and within the driver's are used where the two
    // disagree: what the window of computing leaves of the job is split as far as they agree.
    long window = Math.max(0, Math.min(job, lastEnd - firstStart));
    long around = job - window;
    long before = Math.max(0, Math.min(around, firstStart - laps[1]));
    int used = Math.max(1, Math.min(slots, groups.size()));
    double busy = 0;
    double busyAtEnd = 0;
    for (GroupTiming group : groups) {
      busy += group.finishedMicros() - group.startedMicros();
      busyAtEnd += Math.max(0, group.finishedMicros() - Math.max(lastStart, group.startedMicros()));
    }
    double computing = (double) window;
    double compute = Math.max(0, Math.min(computing, busy / used));
    double waiting = (double) (lastEnd - lastStart) - busyAtEnd / used;
    waiting = Math.max(0, Math.min(computing - compute, waiting));
    double gaps = computing - compute - waiting;
    return new StepTimes(
        seconds(laps[4] - laps[0]),
        seconds(compute),
        seconds(waiting),
        seconds(laps[1] - laps[0]),
        seconds((double) before + gaps),
        seconds(around - before),
        seconds(laps[3] - laps[2]),
        seconds(laps[4] - laps[3]));
  }

  private static double seconds(long micros) {
    return seconds((double) micros);
  }

  private static double seconds(double micros) {
    return micros / 1e6;
  }
}
