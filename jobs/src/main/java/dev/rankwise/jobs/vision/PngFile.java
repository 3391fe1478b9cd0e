package dev.rankwise.jobs.vision;

import dev.rankwise.models.failure.InternalException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Pictures of rows as files that a browser shows. */
public final class PngFile {
  private PngFile() {}

  /**
   * A file.
   *
   * @param colours red, green and blue of each pixel, row by row, (side, side, 3)
   * @param side height and width in pixels
   */
  public static byte[] of(byte[] colours, int side) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int pixel = 0; pixel < side * side; pixel++) {
      int red = colours[3 * pixel] & 0xFF;
      int green = colours[3 * pixel + 1] & 0xFF;
      int blue = colours[3 * pixel + 2] & 0xFF;
      image.setRGB(pixel % side, pixel / side, red << 16 | green << 8 | blue);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "png", file)) {
        throw new InternalException("This Java writes no PNG files");
      }
    } catch (IOException e) {
      throw new InternalException("A PNG file could not be written to memory", e);
    }
    return file.toByteArray();
  }
}
