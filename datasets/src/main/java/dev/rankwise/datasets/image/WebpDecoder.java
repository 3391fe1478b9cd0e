package dev.rankwise.datasets.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.rankwise.datasets.image.WebpFile.Frame;
import dev.rankwise.datasets.image.WebpFile.Part;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes the first frame of a WebP file. Pixels without loss, and how transparent pixels are, are
 * read here; those with loss by a library, which is given them alone.
 */
final class WebpDecoder {
  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int LOSSLESS_HEADER = 5;

  /** A row of pixels: alpha, red, green and blue. */
  interface Rows {
    void read(int row, int[] line);
  }

  private WebpDecoder() {}

  /**
   * The rows of the first frame.
   *
   * @throws IOException or {@link UnusableImage} if it is damaged
   */
  static Rows rows(byte[] file, Frame frame) throws IOException {
    if (frame.lossless()) {
      int begin = frame.pixels().begin() + LOSSLESS_HEADER;
      LosslessBits bits = new LosslessBits(file, begin, frame.pixels().end());
      int[] pixels = LosslessPixels.of(bits, frame.width(), frame.height());
      // Whether they are transparent is said in front of them, whatever stands in them.
      int cover = frame.transparent() ? 0 : 0xFF000000;
      return (row, line) -> {
        for (int column = 0; column < line.length; column++) {
          line[column] = pixels[row * line.length + column] | cover;
        }
      };
    }
    BufferedImage image =
        ImageDecoder.read(
            lossy(file, frame.pixels()), new WebPImageReaderSpi().createReaderInstance());
    if (image.getWidth() != frame.width() || image.getHeight() != frame.height()) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    if (frame.alpha().isEmpty()) {
      return (row, line) -> image.getRGB(0, row, line.length, 1, line, 0, line.length);
    }
    byte[] alpha = alpha(file, frame.alpha().get(), frame.width(), frame.height());
    return (row, line) -> {
      image.getRGB(0, row, line.length, 1, line, 0, line.length);
      for (int column = 0; column < line.length; column++) {
        line[column] = (line[column] & 0xFFFFFF) | alpha[row * line.length + column] << 24;
      }
    };
  }

  /** A file of one frame with loss, and nothing else. */
  private static byte[] lossy(byte[] file, Part pixels) {
    int length = pixels.end() - pixels.begin();
    return ByteBuffer.allocate(RIFF_HEADER + CHUNK_HEADER + length + (length & 1))
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(4 + CHUNK_HEADER + length + (length & 1))
        .put("WEBPVP8 ".getBytes(StandardCharsets.US_ASCII))
        .putInt(length)
        .put(file, pixels.begin(), length)
        .array();
  }

  /**
   * How opaque each pixel is, (height, width) row-major: stored as they are or as green of pixels
   * without loss, each perhaps as the difference to what its neighbours foretell. Format: RFC 9649,
   * section 2, alpha.
   */
  private static byte[] alpha(byte[] file, Part part, int width, int height) {
    int header = file[part.begin()];
    byte[] alpha;
    switch (header & 3) {
      case 0 -> {
        int begin = part.begin() + 1;
        if (part.end() - begin < width * height) {
          throw new UnusableImage(ImageProblem.DAMAGED);
        }
        alpha = Arrays.copyOfRange(file, begin, begin + width * height);
      }
      case 1 -> {
        LosslessBits bits = new LosslessBits(file, part.begin() + 1, part.end());
        int[] pixels = LosslessPixels.of(bits, width, height);
        alpha = new byte[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
          alpha[i] = (byte) (pixels[i] >> Byte.SIZE);
        }
      }
      default -> throw new UnusableImage(ImageProblem.DAMAGED);
    }
    int filter = (header >> 2) & 3;
    if (filter > 0) {
      for (int at = 1; at < alpha.length; at++) {
        alpha[at] += foretold(alpha, at, width, filter);
      }
    }
    return alpha;
  }

  /**
   * By the left one (1), the upper one (2), or left + top − corner (3); at a border by the other.
   */
  private static byte foretold(byte[] alpha, int at, int width, int filter) {
    if (at < width || (filter == 1 && at % width > 0)) {
      return alpha[at - 1];
    }
    if (at % width == 0 || filter == 2) {
      return alpha[at - width];
    }
    int plane =
        (alpha[at - 1] & 0xFF) + (alpha[at - width] & 0xFF) - (alpha[at - width - 1] & 0xFF);
    return (byte) Math.max(0, Math.min(0xFF, plane));
  }
}
