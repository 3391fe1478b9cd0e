package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.GroupTiming;
import java.time.Clock;
import java.util.List;

/** Times the parts of one step by the driver's clock. */
final class StepWatch {
  private final Clock clock;
  private final long[] laps = new long[5];
  private int taken;

  private StepWatch(Clock clock) {
    this.clock = clock;
  }

  static StepWatch start(Clock clock) {
    StepWatch watch = new StepWatch(clock);
    watch.lap();
    return watch;
  }

  /** Ends a part: broadcast, job, sum, optimizer, in this order. */
  void lap() {
    laps[taken++] = GroupTiming.micros(clock);
  }

  /** The times of the step, after its last part. */
  StepTimes times(List<GroupGradient> groups, int slots) {
    List<GroupTiming> timings =
        groups.stream().filter(group -> group.examples() > 0).map(GroupGradient::timing).toList();
    return StepTimes.split(laps, timings, slots);
  }
}
