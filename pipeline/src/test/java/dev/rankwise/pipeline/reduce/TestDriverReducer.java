package dev.rankwise.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TestDriverReducer {
  private static final int STEP = 7;
  private static final GroupTiming TIMING = new GroupTiming(0, 1);

  @Test
  void addsGroupsByIndexInDouble() {
    // In float, 1e8 + 1 is 1e8: only a sum in double keeps the one.
    List<GroupGradient> results = List.of(result(0, 1e8f), result(1, 1f), result(2, -1e8f));
    StepGradient sum = new DriverReducer(1).reduce(step(3), results);
    assertThat(sum.gradient()).containsExactly(1f);
    assertThat(sum.step()).isEqualTo(STEP);
    assertThat(sum.finite()).isTrue();
  }

  @Test
  void groupsAreAddedInTheOrderOfTheirIndices() {
    // (1e30 - 1e30) + 1 is 1, and (1 - 1e30) + 1e30 is 0, in double too.
    List<GroupGradient> results = List.of(result(2, 1f), result(1, -1e30f), result(0, 1e30f));
    assertThat(new DriverReducer(1).reduce(step(3), results).gradient()).containsExactly(1f);
  }

  @Test
  void orderOfArrivalDoesNotMatter() {
    int parameters = 5000;
    Random random = new Random(11);
    List<GroupGradient> results = new ArrayList<>();
    double[] expected = new double[parameters];
    for (int group = 0; group < 6; group++) {
      float[] values = new float[parameters];
      for (int i = 0; i < parameters; i++) {
        values[i] = (float) (random.nextGaussian() * StrictMath.pow(10, random.nextInt(12)));
        expected[i] += values[i];
      }
      results.add(result(group, values));
    }
    float[] sum = new DriverReducer(parameters).reduce(step(6), results).gradient();
    for (int i = 0; i < parameters; i++) {
      assertThat(sum[i]).isEqualTo((float) expected[i]);
    }
    for (int trial = 0; trial < 5; trial++) {
      Collections.shuffle(results, random);
      assertThat(new DriverReducer(parameters).reduce(step(6), results).gradient()).isEqualTo(sum);
    }
  }

  @Test
  void lossesOfTheGroupsAddUp() {
    PlannedStep step = new PlannedStep(STEP, List.of(group(0, 1, 2), group(1, 3)));
    List<GroupGradient> results =
        List.of(
            GroupGradient.of(STEP, 0, new float[] {1}, 5, 2, 20, TIMING),
            GroupGradient.of(STEP, 1, new float[] {1}, 4, 1, 10, TIMING));
    StepGradient sum = new DriverReducer(1).reduce(step, results);
    assertThat(sum.loss()).isEqualTo(9);
    assertThat(sum.examples()).isEqualTo(3);
    assertThat(sum.tokens()).isEqualTo(30);
  }

  @Test
  void emptyGroupAddsNothing() {
    PlannedStep step = new PlannedStep(STEP, List.of(group(0, 1), group(1)));
    GroupGradient empty = GroupGradient.of(STEP, 1, new float[0], 0, 0, 0, TIMING);
    assertThat(new DriverReducer(1).reduce(step, List.of(result(0, 2), empty)).gradient())
        .containsExactly(2f);
  }

  @Test
  void oneGroupThatIsNotFiniteMarksTheStep() {
    StepGradient sum =
        new DriverReducer(1).reduce(step(2), List.of(result(0, 1), result(1, Float.NaN)));
    assertThat(sum.finite()).isFalse();
  }

  @Test
  void missingGroupIsRefused() {
    assertThatThrownBy(() -> reduce(2, result(1, 1f)))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot use the gradient of group 0 in step 7: it is missing; start the command"
                + " again, and look at the executors' logs if it happens again");
  }

  @Test
  void duplicateGroupIsRefused() {
    assertThatThrownBy(() -> reduce(2, result(1, 1f), result(1, 1f)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("group 1 in step 7: it came twice");
  }

  @Test
  void staleGroupIsRefused() {
    GroupGradient stale = GroupGradient.of(6, 0, new float[] {1}, 1, 1, 10, TIMING);
    assertThatThrownBy(() -> reduce(1, stale))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("group 0 in step 7: it belongs to step 6");
  }

  @Test
  void groupThatThePlanDoesNotHaveIsRefused() {
    assertThatThrownBy(() -> reduce(2, result(2, 1f)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("group 2 in step 7: the step has the groups 0 to 1");
    assertThatThrownBy(() -> reduce(2, result(-1, 1f))).isInstanceOf(ClusterException.class);
  }

  @Test
  void corruptGroupIsRefused() {
    GroupGradient corrupt = result(0, 1f);
    corrupt.gradient()[0] ^= 4;
    assertThatThrownBy(() -> reduce(1, corrupt))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("group 0 in step 7: its checksum does not match its bytes");
  }

  @Test
  void groupOfAnotherSizeIsRefused() {
    assertThatThrownBy(() -> reduce(1, result(0, 1f, 2f)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("it has 8 bytes where 1 parameters need 4");
  }

  @Test
  void groupWithOtherExamplesIsRefused() {
    GroupGradient more = GroupGradient.of(STEP, 0, new float[] {1}, 1, 2, 10, TIMING);
    assertThatThrownBy(() -> reduce(1, more))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("it covers 2 examples with 10 tokens where the plan has 1 with 10");
  }

  private static StepGradient reduce(int groups, GroupGradient... results) {
    return new DriverReducer(1).reduce(step(groups), List.of(results));
  }

  private static GroupGradient result(int group, float... values) {
    return GroupGradient.of(STEP, group, values, 1, 1, 10, TIMING);
  }

  private static PlannedStep step(int groups) {
    List<PlannedGroup> planned = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      planned.add(group(group, group));
    }
    return new PlannedStep(STEP, planned);
  }

  private static PlannedGroup group(int index, int... positions) {
    List<MicroBatch> batches =
        positions.length == 0 ? List.of() : List.of(new MicroBatch(positions));
    return new PlannedGroup(index, batches, 10L * positions.length);
  }
}
