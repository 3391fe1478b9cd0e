package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.pipeline.reduce.GroupTiming;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TestStepTimes {
  private static final Offset<Double> TINY = within(1e-12);

  /** Step from 1000, broadcast to 1100, job to 2100, sum to 2150, optimizer to 2170. */
  private static final long[] LAPS = {1000, 1100, 2100, 2150, 2170};

  @Test
  void twoGroupsOnTwoSlots() {
    StepTimes times =
        StepTimes.split(LAPS, List.of(new GroupTiming(1200, 1800), new GroupTiming(1200, 2000)), 2);
    assertThat(times.step()).isCloseTo(1170e-6, TINY);
    assertThat(times.broadcast()).isCloseTo(100e-6, TINY);
    assertThat(times.schedule()).isCloseTo(100e-6, TINY);
    assertThat(times.compute()).isCloseTo(700e-6, TINY);
    assertThat(times.waiting()).isCloseTo(100e-6, TINY);
    assertThat(times.collect()).isCloseTo(100e-6, TINY);
    assertThat(times.sum()).isCloseTo(50e-6, TINY);
    assertThat(times.optimizer()).isCloseTo(20e-6, TINY);
  }

  @Test
  void gapBetweenTwoTasksOfASlotIsScheduling() {
    StepTimes times =
        StepTimes.split(LAPS, List.of(new GroupTiming(1100, 1500), new GroupTiming(1700, 2100)), 1);
    assertThat(times.schedule()).isCloseTo(200e-6, TINY);
    assertThat(times.waiting()).isZero();
    assertThat(times.compute()).isCloseTo(800e-6, TINY);
  }

  @Test
  void lateStartOfTheSecondSlotIsScheduling() {
    StepTimes times =
        StepTimes.split(LAPS, List.of(new GroupTiming(1100, 2100), new GroupTiming(1300, 2100)), 2);
    assertThat(times.schedule()).isCloseTo(100e-6, TINY);
    assertThat(times.waiting()).isZero();
  }

  @Test
  void clocksThatDisagreeChangeNoSum() {
    StepTimes times = StepTimes.split(LAPS, List.of(new GroupTiming(91_200, 91_800)), 2);
    assertThat(times.compute()).isCloseTo(600e-6, TINY);
    assertThat(times.schedule() + times.collect()).isCloseTo(400e-6, TINY);
  }

  @Property
  void partsAddUpToTheStep(
      @ForAll @Size(max = 9) List<@IntRange(max = 3000) Integer> starts,
      @ForAll @IntRange(max = 2000) int length,
      @ForAll @IntRange(min = 1, max = 4) int slots) {
    List<GroupTiming> groups = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      groups.add(new GroupTiming(starts.get(i), starts.get(i) + (length * (i + 1L)) % 1500));
    }
    StepTimes times = StepTimes.split(LAPS, groups, slots);
    assertThat(times.compute() + times.sync()).isCloseTo(times.step(), TINY);
    assertThat(times.overhead() + times.waiting()).isCloseTo(times.sync(), TINY);
    assertThat(List.of(times.compute(), times.waiting(), times.schedule(), times.collect()))
        .allMatch(part -> part >= -1e-12);
  }
}
