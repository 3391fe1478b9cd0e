package dev.rankwise.datasets.image;

import static dev.rankwise.datasets.image.ImageHeader.at;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Files as decoders are given them: the parts that make pixels, and nothing else. What notes,
 * profiles and thumbnails cost or change is no matter then. Files are those whose outside was read
 * by {@link ImageHeader}.
 */
final class PixelParts {
  private static final int SIGNATURE = ImageHeader.PNG.length;
  private static final int FRAME = ImageHeader.CHUNK_FRAME;
  private static final int SCAN = 0xDA;
  private static final int END = 0xD9;
  private static final int PROFILE = 0xE2;

  private PixelParts() {}

  /**
   * Of a PNG the header, a palette, what is transparent and the data, these as one chunk: of
   * millions of empty ones the JDK's reader keeps each.
   */
  static byte[] ofPng(byte[] file) {
    ByteBuffer left = ByteBuffer.allocate(file.length + 2 * FRAME).put(file, 0, SIGNATURE);
    int next = SIGNATURE;
    String type = RiffChunks.ascii(file, next + 4);
    while (!type.equals("IDAT") && !type.equals("IEND")) {
      int end = end(file, next);
      if (type.equals("IHDR") || type.equals("PLTE") || type.equals("tRNS")) {
        left.put(file, next, end - next);
      }
      next = end;
      type = RiffChunks.ascii(file, next + 4);
    }
    int begin = left.position();
    left.putInt(0).put(file, next + 4, 4);
    while (type.equals("IDAT")) {
      int end = end(file, next);
      left.put(file, next + 8, end - next - FRAME);
      next = end;
      type = RiffChunks.ascii(file, next + 4);
    }
    left.putInt(begin, left.position() - begin - 8);
    CRC32 sum = new CRC32();
    sum.update(left.array(), begin + 4, left.position() - begin - 4);
    left.putInt((int) sum.getValue());
    left.putInt(0).put(new byte[] {'I', 'E', 'N', 'D'}).putInt(0xAE426082);
    return Arrays.copyOf(left.array(), left.position());
  }

  private static int end(byte[] file, int chunk) {
    return (int) (chunk + FRAME + ImageHeader.unsigned(file, chunk));
  }

  /** A JPEG without the segments in which its colour profile lies, which the JDK would apply. */
  static byte[] ofJpeg(byte[] file) {
    ByteBuffer left = ByteBuffer.allocate(file.length).put(file, 0, 2);
    int next = 2;
    while (at(file, next + 1) != SCAN && at(file, next + 1) != END) {
      int marker = at(file, next + 1);
      int end = next + 2;
      if (marker == ImageHeader.MARKER) {
        end = next + 1;
      } else if (!ImageHeader.isWithoutContent(marker)) {
        end += ImageHeader.length(file, next);
      }
      if (marker != PROFILE) {
        left.put(file, next, end - next);
      }
      next = end;
    }
    return Arrays.copyOf(left.put(file, next, file.length - next).array(), left.position());
  }
}
