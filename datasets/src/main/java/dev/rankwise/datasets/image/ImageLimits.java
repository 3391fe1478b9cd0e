package dev.rankwise.datasets.image;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;

/**
 * How large a picture file may be. Both are known before a pixel is decoded, so a small file that
 * claims a vast picture costs nothing.
 *
 * @param bytes most bytes of a file, at least 1
 * @param pixels most pixels of a picture, at least 1; one takes up to 12 bytes while it is decoded
 */
public record ImageLimits(int bytes, int pixels) implements Serializable {
  /** Most pixels from left to right, and from top to bottom: what a JPEG can say. */
  public static final int MOST_SIDE = 65_535;

  /**
   * Most pixels that are passed over while a picture is decoded, or all of a row. Of a JPEG a
   * decoder passes over all once for each scan, of which usual encoders make up to ten: 16 of the
   * largest pictures, and more of small ones; 256 screens of a row.
   */
  public static final long MOST_SCANNED = 1L << 29;

  private static final int USUAL_BYTES = 32 << 20;
  private static final int USUAL_PIXELS = 32 << 20;

  public ImageLimits {
    if (bytes < 1 || pixels < 1) {
      throw new UserInputException(
          "Invalid image limits: %s bytes, %s pixels (both must be at least 1)"
              .formatted(bytes, pixels));
    }
  }

  /** 32 MiB, and some 33 million pixels. */
  public static ImageLimits usual() {
    return new ImageLimits(USUAL_BYTES, USUAL_PIXELS);
  }
}
