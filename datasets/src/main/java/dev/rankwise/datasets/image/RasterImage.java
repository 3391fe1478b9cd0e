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
}
