package dev.rankwise.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TestStepPlan {

  @Property(tries = 200)
  void everyExampleIsSeenOnceAnEpoch(
      @ForAll @Size(min = 1, max = 90) List<@IntRange(min = 1, max = 40) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 12) int batch,
      @ForAll @IntRange(min = 1, max = 5) int groups,
      @ForAll @IntRange(min = 1, max = 3) int epochs,
      @ForAll long seed) {
    PlanSettings settings =
        new PlanSettings(seed, batch, groups, 64, epochs, PlanSettings.UNLIMITED, LastStep.KEEP);
    StepPlan plan = new StepPlan(toArray(lengths), settings);
    int[] seen = new int[lengths.size()];
    for (int step = 0; step < plan.steps(); step++) {
      positions(plan.step(step)).forEach(position -> seen[position]++);
    }
    assertThat(Arrays.stream(seen)).containsOnly(epochs);
  }

  @Property(tries = 200)
  void microBatchesAreCappedAndGroupsBalanced(
      @ForAll @Size(min = 8, max = 64) List<@IntRange(min = 1, max = 40) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 6) int groups,
      @ForAll @IntRange(min = 1, max = 100) int cap,
      @ForAll long seed) {
    int batch = 8;
    int[] tokens = toArray(lengths);
    StepPlan plan = new StepPlan(tokens, settings(seed, batch, groups, cap));
    for (int step = 0; step < plan.steps(); step++) {
      PlannedStep planned = plan.step(step);
      assertThat(planned.groups()).extracting(PlannedGroup::index).hasSize(groups).isSorted();
      assertThat(planned.examples()).isEqualTo(batch);
      for (PlannedGroup group : planned.groups()) {
        checkGroup(group, tokens, cap);
      }
      long lightest = planned.groups().stream().mapToLong(PlannedGroup::tokens).min().orElse(0);
      long heaviest = planned.groups().stream().mapToLong(PlannedGroup::tokens).max().orElse(0);
      // Each of a group's two ends is off by less than half of an example.
      assertThat(heaviest - lightest).isLessThanOrEqualTo(2 * 40);
      assertLongestFirst(planned, tokens);
    }
  }

  private static void assertLongestFirst(PlannedStep planned, int[] tokens) {
    assertThat(positions(planned).stream().map(position -> -tokens[position]).toList()).isSorted();
  }

  private static void checkGroup(PlannedGroup group, int[] tokens, int cap) {
    long total = 0;
    for (MicroBatch batch : group.microBatches()) {
      long size = Arrays.stream(batch.positions()).mapToLong(position -> tokens[position]).sum();
      assertThat(size <= cap || batch.size() == 1).isTrue();
      total += size;
    }
    assertThat(group.tokens()).isEqualTo(total);
  }

  @Property(tries = 50)
  void epochsHoldAllStepsInOrder(
      @ForAll @IntRange(min = 1, max = 30) int examples,
      @ForAll @IntRange(min = 1, max = 45) int batch,
      @ForAll @IntRange(min = 45, max = 120) int passes) {
    int[] lengths = new int[examples];
    Arrays.fill(lengths, 3);
    StepPlan plan =
        new StepPlan(
            lengths,
            new PlanSettings(7, batch, 2, 100, passes, PlanSettings.UNLIMITED, LastStep.DROP));
    List<PlannedStep> all = new ArrayList<>();
    for (int epoch = 0; epoch < plan.epochs(); epoch++) {
      for (PlannedStep step : plan.epoch(epoch)) {
        assertThat(plan.epochOf(step.index())).isEqualTo(epoch);
        all.add(step);
      }
    }
    assertThat(all).hasSize(plan.steps());
    for (int step = 0; step < plan.steps(); step++) {
      assertThat(all.get(step)).isEqualTo(plan.step(step));
    }
  }

  @Test
  void sameSeedGivesTheSamePlanAndAnotherSeedAnother() {
    int[] lengths = lengths(100);
    PlannedStep planned = new StepPlan(lengths, settings(1, 32, 4, 256)).step(1);
    assertThat(new StepPlan(lengths, settings(1, 32, 4, 256)).step(1)).isEqualTo(planned);
    assertThat(new StepPlan(lengths, settings(2, 32, 4, 256)).step(1)).isNotEqualTo(planned);
  }

  @Test
  void epochsHaveDifferentOrders() {
    StepPlan plan =
        new StepPlan(
            lengths(64),
            new PlanSettings(1, 64, 1, 10_000, 2, PlanSettings.UNLIMITED, LastStep.DROP));
    StepPlan half =
        new StepPlan(
            lengths(64),
            new PlanSettings(1, 32, 1, 10_000, 2, PlanSettings.UNLIMITED, LastStep.DROP));
    assertThat(positions(plan.step(0))).hasSameElementsAs(positions(plan.step(1)));
    assertThat(positions(half.step(0))).doesNotContainSequence(positions(half.step(2)));
  }

  @Test
  void lastPartialStepIsDroppedUnlessKept() {
    int[] lengths = lengths(70);
    PlanSettings dropped =
        new PlanSettings(1, 32, 2, 1000, 1, PlanSettings.UNLIMITED, LastStep.DROP);
    PlanSettings kept = new PlanSettings(1, 32, 2, 1000, 1, PlanSettings.UNLIMITED, LastStep.KEEP);
    assertThat(new StepPlan(lengths, dropped).steps()).isEqualTo(2);
    StepPlan whole = new StepPlan(lengths, kept);
    assertThat(whole.steps()).isEqualTo(3);
    assertThat(whole.step(2).examples()).isEqualTo(6);
    assertThat(whole.step(0)).isEqualTo(new StepPlan(lengths, dropped).step(0));
  }

  @Test
  void fractionsOfAnEpochAndAMaximumLimitTheSteps() {
    int[] lengths = lengths(8000);
    assertThat(new StepPlan(lengths, limited(1, PlanSettings.UNLIMITED)).steps()).isEqualTo(250);
    assertThat(new StepPlan(lengths, limited(0.5, PlanSettings.UNLIMITED)).steps()).isEqualTo(125);
    assertThat(new StepPlan(lengths, limited(2.5, PlanSettings.UNLIMITED)).steps()).isEqualTo(625);
    assertThat(new StepPlan(lengths, limited(1, 7)).steps()).isEqualTo(7);
  }

  @Test
  void groupsBeyondTheExamplesAreEmpty() {
    StepPlan plan = new StepPlan(lengths(3), settings(1, 3, 5, 100));
    assertThat(plan.step(0).groups()).extracting(PlannedGroup::examples).contains(1, 0).hasSize(5);
  }

  @Test
  void wholeOfHoldsEveryExampleOnceAndDoesNotDependOnASeed() {
    int[] lengths = lengths(50);
    PlannedStep whole = StepPlan.wholeOf(lengths, 3, 64);
    assertThat(positions(whole)).hasSize(50).doesNotHaveDuplicates();
    assertThat(StepPlan.wholeOf(lengths, 3, 64)).isEqualTo(whole);
  }

  @Test
  void stepsOutsideTheRunAreRefused() {
    StepPlan plan = new StepPlan(lengths(64), settings(1, 32, 1, 100));
    assertThatThrownBy(() -> plan.step(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid step: 2; the run has 2 steps");
    assertThatThrownBy(() -> plan.epoch(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid epoch: 1; the run has 1 epochs");
  }

  @Test
  void dataThatFillNoStepAreRefused() {
    assertThatThrownBy(() -> new StepPlan(new int[0], settings(1, 1, 1, 1)))
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot plan a run: the data hold no example to train on");
    assertThatThrownBy(() -> new StepPlan(new int[] {3, 0}, settings(1, 1, 1, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("position 1: 0 tokens");
    assertThatThrownBy(() -> new StepPlan(lengths(5), settings(1, 32, 1, 1)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot fill a single step: 5 examples over 1.0 epochs are fewer than the batch size"
                + " 32; lower the batch size or give more data");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> settings(1, 0, 1, 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid batch size: 0; it must be at least 1");
    assertThatThrownBy(() -> settings(1, 1, 0, 1)).hasMessageContaining("number of groups: 0");
    assertThatThrownBy(() -> settings(1, 1, 5000, 1)).hasMessageContaining("at most 4096");
    assertThatThrownBy(() -> settings(1, 1, 1, 0)).hasMessageContaining("micro-batch: 0");
    assertThatThrownBy(() -> limited(0, 1)).hasMessageContaining("epochs: 0.0");
    assertThatThrownBy(() -> limited(Double.NaN, 1)).hasMessageContaining("epochs: NaN");
    assertThatThrownBy(() -> limited(1, 0)).hasMessageContaining("maximum number of steps: 0");
  }

  private static PlanSettings settings(long seed, int batch, int groups, int cap) {
    return new PlanSettings(seed, batch, groups, cap, 1, PlanSettings.UNLIMITED, LastStep.DROP);
  }

  private static PlanSettings limited(double epochs, int maximumSteps) {
    return new PlanSettings(1, 32, 8, 1000, epochs, maximumSteps, LastStep.DROP);
  }

  private static int[] lengths(int examples) {
    int[] lengths = new int[examples];
    for (int i = 0; i < examples; i++) {
      lengths[i] = 5 + (i * 7) % 20;
    }
    return lengths;
  }

  private static int[] toArray(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<Integer> positions(PlannedStep step) {
    return step.groups().stream()
        .flatMap(group -> group.microBatches().stream())
        .flatMap(batch -> Arrays.stream(batch.positions()).boxed())
        .toList();
  }
}
