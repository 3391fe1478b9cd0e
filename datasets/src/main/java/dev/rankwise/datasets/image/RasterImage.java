package dev.rankwise.datasets.image;

import java.util.Arrays;

/**
 * A decoded picture of three colours.
 *
 * @param width pixels from left to right
 * @param height pixels from top to bottom
 * @param colours red, green and blue of each pixel from 0 to 255, (height, width, 3) row-major
 */
record RasterImage(int width, int height, byte[] colours) {
  /** Numbers of a pixel. */
  static final int CHANNELS = 3;

  /** A picture of one shade. */
  static RasterImage of(int width, int height, int shade) {
    byte[] colours = new byte[Math.multiplyExact(CHANNELS, Math.multiplyExact(width, height))];
    Arrays.fill(colours, (byte) shade);
    return new RasterImage(width, height, colours);
  }

  /**
   * The smallest square that holds this picture in its middle. Where it cannot be quite in the
   * middle, it lies a pixel further left or up.
   *
   * @param shade of what is added, 0 (black) to 255 (white)
   */
  RasterImage padded(int shade) {
    int side = Math.max(width, height);
    if (width == height) {
      return this;
    }
    RasterImage square = of(side, side, shade);
    int left = (side - width) / 2;
    int top = (side - height) / 2;
    for (int row = 0; row < height; row++) {
      System.arraycopy(
          colours,
          row * width * CHANNELS,
          square.colours,
          ((top + row) * side + left) * CHANNELS,
          width * CHANNELS);
    }
    return square;
  }
}
