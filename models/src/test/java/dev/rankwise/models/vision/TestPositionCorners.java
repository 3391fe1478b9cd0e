package dev.rankwise.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Positions on grids of other sizes. */
class TestPositionCorners {

  @Test
  void atTheLearnedSizeEachPatchHasItsOwnPosition() {
    PositionCorners corners = PositionCorners.of(List.of(new PatchGrid(3, 3)), 3);

    for (int patch = 0; patch < 9; patch++) {
      assertThat(corners.indices()[patch * 4]).isEqualTo(patch);
      assertThat(corners.weights()[patch * 4]).isEqualTo(1);
      for (int corner = 1; corner < 4; corner++) {
        assertThat(corners.weights()[patch * 4 + corner]).isZero();
      }
    }
  }

  /** A plane stays a plane inside; at the edges it is held. */
  @Test
  void aPlaneOfPositionsIsReadAtTheCentresOfCells() {
    PatchGrid grid = new PatchGrid(6, 2);
    PositionCorners corners = PositionCorners.of(List.of(grid), 4);

    for (int row = 0; row < 6; row++) {
      for (int column = 0; column < 2; column++) {
        double expected = 10 * held((row + 0.5) * 4 / 6 - 0.5) + held((column + 0.5) * 4 / 2 - 0.5);
        double found = 0;
        for (int corner = 0; corner < 4; corner++) {
          int index = corners.indices()[(row * 2 + column) * 4 + corner];
          double plane = 10 * (index / 4) + index % 4;
          found += corners.weights()[(row * 2 + column) * 4 + corner] * plane;
        }
        assertThat(found).as("%s, %s", row, column).isCloseTo(expected, within(1e-5));
      }
    }
  }

  private static double held(double place) {
    return Math.min(3, Math.max(0, place));
  }

  @Test
  void picturesFollowEachOther() {
    PositionCorners corners =
        PositionCorners.of(List.of(new PatchGrid(1, 1), new PatchGrid(2, 2)), 2);

    assertThat(corners.weights()).startsWith(0.25f, 0.25f, 0.25f, 0.25f, 1, 0, 0, 0);
    assertThat(corners.indices()[16]).isEqualTo(3);
  }
}
