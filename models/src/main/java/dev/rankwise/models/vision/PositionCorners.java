package dev.rankwise.models.vision;

import java.util.List;

/**
 * Positions of patches on a grid of another size than the learned one: bilinear, with the centres
 * of cells laid upon each other and without smoothing, as PyTorch's {@code interpolate(mode =
 * "bilinear", align_corners = False)}. On a grid of the learned size each patch has its own
 * position, to the bit.
 *
 * <p>Along an axis of m cells of which n are learned, cell i lies at {@code max(0, (i + ½)·n/m −
 * ½)}; the whole part names the lower of two learned cells, the rest is the weight of the other.
 *
 * @param indices learned positions that a patch's is made of, row-major, (patches, 4)
 * @param weights of each of them, (patches, 4); a patch's sum to 1
 */
record PositionCorners(int[] indices, float[] weights) {
  static final int CORNERS = 4;

  /**
   * Those of all pictures of a micro-batch.
   *
   * @param side learned positions along one side
   */
  static PositionCorners of(List<PatchGrid> grids, int side) {
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    int[] indices = new int[patches * CORNERS];
    float[] weights = new float[patches * CORNERS];
    int next = 0;
    for (PatchGrid grid : grids) {
      for (int row = 0; row < grid.rows(); row++) {
        Between vertical = Between.of(row, grid.rows(), side);
        for (int column = 0; column < grid.columns(); column++) {
          Between horizontal = Between.of(column, grid.columns(), side);
          for (int corner = 0; corner < CORNERS; corner++) {
            int down = corner / 2;
            int right = corner % 2;
            indices[next] = vertical.cell(down) * side + horizontal.cell(right);
            weights[next] = vertical.weight(down) * horizontal.weight(right);
            next++;
          }
        }
      }
    }
    return new PositionCorners(indices, weights);
  }

  /** Two learned cells, and how far towards the second. */
  private record Between(int first, int second, float share) {

    static Between of(int cell, int cells, int learned) {
      float place = Math.max(0, (cell + 0.5f) * ((float) learned / cells) - 0.5f);
      int first = Math.min((int) place, learned - 1);
      return new Between(first, Math.min(first + 1, learned - 1), place - first);
    }

    int cell(int which) {
      return which == 0 ? first : second;
    }

    float weight(int which) {
      return which == 0 ? 1 - share : share;
    }
  }
}
