package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestBestLoss {

  /** Losses after steps 2, 4, 6 …; the parameters after step n are n. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "3 2 1 4 5;  -1; 10; 6",
        "3 2 2 2 2;   2;  8; 4",
        "3 2 2 1 2;   2; 10; 8",
        "1 2 3 4 5;   1;  4; 2",
        "NaN 2 3 4 5; 2;  8; 4",
        "2 NaN 1 4 5; 2; 10; 6",
        "NaN NaN NaN NaN 7; -1; 10; 10",
        "NaN NaN NaN NaN 7;  2;  6; 2",
      })
  void endsWhenNothingGetsBetterAndGivesTheEarliestBest(
      String losses, int patience, int lastStep, int chosen) {
    double[] values = Arrays.stream(losses.split(" ")).mapToDouble(Double::parseDouble).toArray();
    BestLoss best =
        new BestLoss(
            2,
            patience < 0 ? OptionalInt.empty() : OptionalInt.of(patience),
            (step, theta) -> values[step / 2 - 1]);
    float[] theta = new float[1];
    int step = 0;
    do {
      step++;
      theta[0] = step;
    } while (best.goesOn(step, theta) && step < 10);

    assertThat(step).isEqualTo(lastStep);
    assertThat(best.chosen(step, theta)).containsExactly(chosen);
    assertThat(best.measured()).extracting(HeldOutLoss::step).doesNotHaveDuplicates().contains(2);
  }

  @Test
  void theLastStepIsMeasuredWhereItWasNot() {
    BestLoss best = new BestLoss(3, OptionalInt.empty(), (step, theta) -> 10 - step);
    float[] theta = {5};
    best.goesOn(3, theta);
    theta[0] = 9;
    best.goesOn(4, theta);

    assertThat(best.chosen(4, theta)).containsExactly(9);
    assertThat(best.measured()).containsExactly(new HeldOutLoss(3, 7), new HeldOutLoss(4, 6));
  }
}
