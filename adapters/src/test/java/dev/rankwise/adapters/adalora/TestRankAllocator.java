package dev.rankwise.adapters.adalora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.failure.UserInputException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The budget, who goes of several alike, and the orthogonality term against differences. */
final class TestRankAllocator {
  /** Two modules of three triplets, sizes (2, 2): Q, P, Λ of each after the other. */
  private static final List<Triplets> MODULES =
      List.of(new Triplets("a", 3, 2, 2, 0, 6, 12), new Triplets("b", 3, 2, 2, 15, 21, 27));

  private static final int PARAMETERS = 30;
  private static final RankAllocation ALLOCATION =
      new RankAllocation(1, 10, 2, 3, 2, 0.5, 0.5, 0.5, Map.of());
  private static final BudgetSchedule SCHEDULE = BudgetSchedule.of(ALLOCATION, 2, 3);

  @Test
  void theBudgetFallsAsACube() {
    int modules = 24;
    BudgetSchedule schedule = new BudgetSchedule(64 * modules, 32 * modules, 5000, 200, 500, 10);
    for (int t = 0; t < 5000; t++) {
      assertThat(schedule.budget(t)).as("after step %s", t).isEqualTo(exact(schedule, t));
    }
    assertThat(schedule.budget(200)).isEqualTo(1536);
    assertThat(schedule.budget(4500)).isEqualTo(768);
    assertThat(schedule.decides(200)).isFalse();
    assertThat(schedule.decides(205)).isFalse();
    assertThat(schedule.decides(210)).isTrue();
    assertThat(schedule.decides(4500)).isTrue();
    assertThat(schedule.decides(4501)).isFalse();
  }

  /** In whole numbers: {@code ⌊(b₀ − b_T)·left³ / all³⌋ + b_T}. */
  private static int exact(BudgetSchedule schedule, int t) {
    int all = schedule.steps() - schedule.finalSteps() - schedule.initialSteps();
    int left = Math.max(0, Math.min(all, all - (t - schedule.initialSteps())));
    return BigInteger.valueOf(schedule.initial() - schedule.target())
            .multiply(BigInteger.valueOf(left).pow(3))
            .divide(BigInteger.valueOf(all).pow(3))
            .intValueExact()
        + schedule.target();
  }

  @Test
  void schedulesThatCannotBeAreRefusedWithTheirNumbers() {
    assertThatThrownBy(() -> new BudgetSchedule(24, 12, 20, 10, 10, 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Run of 20 steps is too short for its schedule: tinit 10 and tfinal 10 leave 0 steps to"
                + " take triplets away in, at least 1 is needed; train for longer or make them"
                + " smaller");
    assertThatThrownBy(() -> new BudgetSchedule(12, 12, 20, 1, 1, 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid ranks: 12 triplets at the start and 12 at the end (there must be fewer at the"
                + " end, and at least one); raise rank (init_r) or lower target-rank (target_r)");
    assertThatThrownBy(() -> new BudgetSchedule(24, 12, 20, 1, 0, 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid schedule: tinit 1, tfinal 0, deltaT 1 (tinit must be at least 0, the others at"
                + " least 1, so that the last decision is held)");
  }

  @Test
  void ofThoseAlikeTheEarlierByNameAndIndexStay() {
    RankAllocator allocator = allocator(TieRule.BY_NAME_AND_INDEX);
    float[] ones = new float[PARAMETERS];
    Arrays.fill(ones, 1);
    for (int t = 0; t < 4; t++) {
      allocator.observe(t, ones, ones);
      assertThat(allocator.decide(t, ones)).isEmpty();
    }
    allocator.observe(4, ones, ones);
    Decision decision = allocator.decide(4, ones).orElseThrow();

    assertThat(decision.budget()).isEqualTo(2);
    assertThat(decision.live())
        .containsEntry("a", List.of(true, true, false))
        .containsEntry("b", List.of(false, false, false));
    assertThat(decision.ranks()).containsEntry("a", 2).containsEntry("b", 0);
    assertThat(Arrays.copyOfRange(ones, 12, 15)).containsExactly(1, 1, 0);
    assertThat(Arrays.copyOfRange(ones, 27, 30)).containsExactly(0, 0, 0);
  }

  @Test
  void inPeftsWayAllOfThoseAlikeGo() {
    RankAllocator allocator = allocator(TieRule.ALL_AT_ONCE);
    float[] ones = new float[PARAMETERS];
    Arrays.fill(ones, 1);
    allocator.observe(4, ones, ones);
    assertThat(allocator.decide(4, ones).orElseThrow().kept()).isZero();
  }

  /** The larger gradients stay; after the last decision nothing comes back. */
  @Test
  void whatIsDecidedLastIsHeld() {
    RankAllocator allocator = allocator(TieRule.BY_NAME_AND_INDEX);
    float[] theta = new float[PARAMETERS];
    Arrays.fill(theta, 1);
    float[] gradient = new float[PARAMETERS];
    gradient[14] = 3;
    gradient[27] = 2;
    for (int t = 0; t < 10; t++) {
      Arrays.fill(theta, 1);
      allocator.observe(t, theta, gradient);
      allocator.decide(t, theta);
      if (t >= 7) {
        assertThat(Arrays.copyOfRange(theta, 12, 15)).containsExactly(0, 0, 1);
        assertThat(Arrays.copyOfRange(theta, 27, 30)).containsExactly(1, 0, 0);
      }
    }
    assertThat(allocator.decisions()).extracting(Decision::step).containsExactly(4, 6, 7);
    assertThat(allocator.decisions().get(2).kept()).isEqualTo(SCHEDULE.target());
  }

  @Test
  void theTermsGradientIsThatOfDifferences() {
    SplittableRandom random = new SplittableRandom(7);
    float[] theta = new float[PARAMETERS];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = (float) random.nextDouble(-1, 1);
    }
    Orthogonality term = new Orthogonality(MODULES);
    float[] gradient = new float[PARAMETERS];
    term.add(theta, 0.5, gradient);
    float step = 1f / 1024;
    for (int i = 0; i < theta.length; i++) {
      float[] moved = theta.clone();
      moved[i] = theta[i] + step;
      double above = term.add(moved, 0, new float[PARAMETERS]);
      double upper = moved[i];
      moved[i] = theta[i] - step;
      double below = term.add(moved, 0, new float[PARAMETERS]);
      double expected = 0.5 * (above - below) / (upper - moved[i]);
      assertThat((double) gradient[i]).as("at %d", i).isCloseTo(expected, within(1e-5));
    }
  }

  @Test
  void factorsThatAreOrthonormalHaveNoTerm() {
    Triplets module = new Triplets("a", 2, 2, 2, 0, 4, 8);
    float[] theta = {1, 0, 0, 1, 0, 1, -1, 0, 3, 4};
    float[] gradient = new float[10];
    assertThat(new Orthogonality(List.of(module)).add(theta, 1, gradient)).isZero();
    assertThat(gradient).containsOnly(0);
  }

  private static RankAllocator allocator(TieRule ties) {
    return new RankAllocator(MODULES, SCHEDULE, ALLOCATION, ties);
  }
}
