package dev.rankwise.models.vision;

import dev.rankwise.models.failure.InternalException;

/**
 * A picture as a base reads it.
 *
 * @param channels numbers of a pixel
 * @param height pixels from top to bottom
 * @param width pixels from left to right
 * @param pixels normalised numbers, (channels, height, width) row-major
 */
public record Picture(int channels, int height, int width, float[] pixels) {

  public Picture {
    if (pixels.length != channels * height * width) {
      throw new InternalException(
          "Picture has %s numbers where (%s, %s, %s) has others"
              .formatted(pixels.length, channels, height, width));
    }
  }

  /**
   * How it is cut; what is left over at the right and at the bottom belongs to no patch.
   *
   * @param patch height and width of a patch
   */
  public PatchGrid grid(int patch) {
    return new PatchGrid(height / patch, width / patch);
  }

  /**
   * Its patches from left to right and from top to bottom, each (channels, patch, patch) row-major:
   * the order in which a convolution's weight reads its window.
   *
   * @param patch height and width of a patch
   * @param into gets them
   * @param begin where the first of them goes
   */
  void cut(int patch, float[] into, int begin) {
    PatchGrid grid = grid(patch);
    int next = begin;
    for (int cell = 0; cell < grid.patches(); cell++) {
      int top = cell / grid.columns() * patch;
      int left = cell % grid.columns() * patch;
      for (int channel = 0; channel < channels; channel++) {
        for (int row = 0; row < patch; row++) {
          int line = (channel * height + top + row) * width;
          System.arraycopy(pixels, line + left, into, next, patch);
          next += patch;
        }
      }
    }
  }
}
