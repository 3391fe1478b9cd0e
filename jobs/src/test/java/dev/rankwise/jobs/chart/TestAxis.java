package dev.rankwise.jobs.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TestAxis {

  @Test
  void marksAreRoundAndLabelledAlike() {
    Axis axis = Axis.fromZero(3.2, 4);
    assertThat(axis).isEqualTo(new Axis(0, 4, 1));
    assertThat(labels(axis)).containsExactly("0", "1", "2", "3", "4");
    assertThat(labels(Axis.fromZero(1e-3, 4))).containsExactly("0", "0.0005", "0.0010");
    assertThat(labels(Axis.fromZero(2e-5, 4)))
        .containsExactly("0", "5e-6", "1e-5", "1.5e-5", "2e-5");
    assertThat(labels(Axis.fromZero(250_000, 4))).containsExactly("0", "100 k", "200 k", "300 k");
    assertThat(labels(Axis.fromZero(1e20, 2))).containsExactly("0", "5e+19", "1e+20");
    assertThat(labels(Axis.fromZero(1_500, 3))).containsExactly("0", "500", "1,000", "1,500");
  }

  @Test
  void wholeAxesEndWhereTheNumbersDo() {
    assertThat(labels(Axis.whole(0, 250, 5)))
        .containsExactly("0", "50", "100", "150", "200", "250");
    assertThat(labels(Axis.whole(0, 3, 5))).containsExactly("0", "1", "2", "3");
    assertThat(labels(Axis.whole(7, 7, 5))).containsExactly("6", "7", "8");
    assertThat(Axis.whole(0, 251, 5).share(251)).isEqualTo(1);
  }

  @Test
  void anAxisAroundValuesNeedNotBeginAtZero() {
    assertThat(labels(Axis.around(78.3, 80.1, 5)))
        .containsExactly("78.0", "78.5", "79.0", "79.5", "80.0", "80.5");
    assertThat(labels(Axis.around(-1, 1, 2))).containsExactly("-1", "0", "1");
    assertThat(Axis.around(50, 50, 4)).isEqualTo(new Axis(20, 80, 20));
    assertThat(Axis.around(0, 0, 2)).isEqualTo(new Axis(-1, 1, 1));
    assertThat(Axis.around(Double.NaN, Double.NaN, 2)).isEqualTo(new Axis(-1, 1, 1));
  }

  @Test
  void anAxisWithoutAValueIsStillAnAxis() {
    for (double nothing : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThat(labels(Axis.fromZero(nothing, 4))).first().isEqualTo("0");
      assertThat(Axis.fromZero(nothing, 4).high()).isEqualTo(1);
    }
  }

  @Test
  void everyAxisHoldsItsValuesInFewMarks() {
    long seed = 23;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2_000; i++) {
      double highest = Math.exp(1_200 * random.nextDouble() - 600);
      int most = 2 + random.nextInt(6);
      Axis axis = Axis.fromZero(highest, most);
      assertThat(axis.high())
          .as("seed %d, %s", seed, highest)
          .isGreaterThanOrEqualTo(highest * (1 - 1e-8));
      assertThat(axis.marks()).as("seed %d, %s", seed, highest).hasSizeBetween(2, most + 1);
      assertThat(axis.share(highest)).isGreaterThan(0.4);
    }
  }

  @Test
  void sharesStayOnTheAxis() {
    Axis axis = new Axis(10, 20, 5);
    assertThat(axis.share(12.5)).isCloseTo(0.25, within(1e-15));
    assertThat(axis.share(-7)).isZero();
    assertThat(axis.share(1e9)).isEqualTo(1);
  }

  private static List<String> labels(Axis axis) {
    return axis.marks().stream().map(axis::label).toList();
  }
}
