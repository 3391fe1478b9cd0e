package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When decisions on ranks begin and end in a run. */
final class TestAllocationSettings {
  private static final RankAllocation NAMED =
      new RankAllocation(2, 50, 7, 9, 1, 0.85, 0.85, 0.5, Map.of());

  @Test
  void sharesOfTheRunBecomeSteps() {
    AllocationSettings usual = AllocationSettings.usual();
    RankAllocation planned = usual.planned(RankAllocation.usual(), 250);
    assertThat(planned).isEqualTo(RankAllocation.usual().over(250, 25, 75));
    assertThat(usual.planned(RankAllocation.usual(), 3).finalSteps()).isEqualTo(1);
  }

  @Test
  void stepsThatAreNamedStayAndMustBeTheRuns() {
    AllocationSettings usual = AllocationSettings.usual();
    assertThat(usual.planned(NAMED, 50)).isEqualTo(NAMED);
    assertThatThrownBy(() -> usual.planned(NAMED, 49))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid total_step: 50 (the run has 49 steps); leave it out, or set it to that");
  }

  @Test
  void sharesThatLeaveNothingBetweenThemAreRefused() {
    for (double[] shares : new double[][] {{-0.1, 0.3}, {0.1, 0}, {0.5, 0.5}, {Double.NaN, 0.1}}) {
      assertThatThrownBy(
              () ->
                  new AllocationSettings(
                      SensitivityPoint.POST,
                      TieRule.ALL_AT_ONCE,
                      MaskedTriplets.CARRIED,
                      shares[0],
                      shares[1]))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith(
              "Invalid shares of a run before and after its decisions on ranks:");
    }
  }
}
