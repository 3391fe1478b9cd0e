package dev.rankwise.jobs.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestSeries {
  private static final double GAP = Double.NaN;

  @Test
  void smoothingIsTheMeanOfTheNeighbours() {
    assertThat(series(2, 4, 6, 20, 2).smoothed("s", Ink.MAIN, 2).y())
        .containsExactly(3, 4, 10, 28.0 / 3, 11);
    assertThat(series(2, 4, 6).smoothed("s", Ink.MAIN, 1).y()).containsExactly(2, 4, 6);
  }

  @Test
  void smoothingPassesOverGaps() {
    assertThat(series(2, GAP, 6, GAP, GAP, GAP).smoothed("s", Ink.MAIN, 2).y())
        .containsExactly(2, 4, 6, 6, GAP, GAP);
  }

  @Test
  void gapsPartTheLine() {
    Series series = series(1, GAP, 2, 3, Double.POSITIVE_INFINITY, 4);
    assertThat(series.lines(10)).extracting(List::size).containsExactly(1, 2, 1);
    assertThat(series.gaps()).isEqualTo(2);
    assertThat(series.gapPlaces(1)).containsExactly(1.0);
    assertThat(series.highest()).isEqualTo(4);
  }

  @Test
  void onePeakAmongManyPointsStays() {
    double[] y = new double[100_000];
    y[54_321] = 9;
    y[54_322] = -3;
    y[7] = GAP;
    List<List<Series.Point>> lines = series(y).lines(400);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0))
        .hasSizeLessThanOrEqualTo(800)
        .contains(new Series.Point(54_321, 9), new Series.Point(54_322, -3))
        .isSortedAccordingTo((one, other) -> Double.compare(one.x(), other.x()));
  }

  @Test
  void aSeriesKeepsItsOwnNumbers() {
    double[] y = {1, 2};
    Series series = new Series("s", Ink.MAIN, new double[] {0, 1}, y);
    y[0] = 7;
    series.y()[1] = 7;
    series.x()[1] = 7;
    assertThat(series.y()).containsExactly(1, 2);
    assertThat(series.x()).containsExactly(0, 1);
  }

  @Test
  void placesAndValuesBelongTogether() {
    assertThatThrownBy(() -> new Series("s", Ink.MAIN, new double[2], new double[3]))
        .isInstanceOf(InternalException.class)
        .hasMessage("Cannot draw 2 places with 3 values");
  }

  private static Series series(double... y) {
    double[] x = new double[y.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    return new Series("s", Ink.MAIN, x, y);
  }
}
