package dev.rankwise.datasets.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * What the outside of a picture file says, read without decoding: its format, its size, and that it
 * is whole.
 *
 * @param format the format
 * @param width pixels from left to right, at least 1
 * @param height pixels from top to bottom, at least 1
 * @param scans how often a decoder passes over all pixels, at least 1; more than 1 only for JPEG
 */
record ImageHeader(Format format, int width, int height, int scans) {
  static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  static final int CHUNK_FRAME = 12;
  static final int MARKER = 0xFF;
  private static final int INKS = 4;

  /** As many as libjpeg-turbo's own tests with hostile files allow. */
  private static final int MOST_SCANS = 500;

  /** The formats that are read. */
  enum Format {
    PNG,
    JPEG,
    WEBP
  }

  /**
   * Reads and checks the outside of a file.
   *
   * @throws UnusableImage if it is of no known format, cut short or damaged
   */
  static ImageHeader of(byte[] file) {
    ImageHeader header;
    if (startsWith(file, 0, PNG)) {
      header = png(file);
    } else if (file.length > 2 && at(file, 0) == MARKER && at(file, 1) == 0xD8) {
      header = jpeg(file);
    } else if (startsWith(file, 0, "RIFF".getBytes(StandardCharsets.US_ASCII))
        && startsWith(file, 8, "WEBP".getBytes(StandardCharsets.US_ASCII))) {
      WebpFile webp = WebpFile.of(file);
      header = new ImageHeader(Format.WEBP, webp.width(), webp.height(), 1);
    } else {
      throw new UnusableImage(ImageProblem.UNKNOWN_FORMAT);
    }
    if (header.width < 1 || header.height < 1) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    return header;
  }

  /** Number of pixels. */
  long pixels() {
    return (long) width * height;
  }

  /**
   * Pixels that a decoder passes over, each as often as it does; of more than may be, one more than
   * that, so that sums over files stay sums.
   */
  long scanned() {
    long most = ImageLimits.MOST_SCANNED + 1;
    return pixels() > most ? most : Math.min(most, scans * pixels());
  }

  /** Every chunk to the last, each with its sum. */
  private static ImageHeader png(byte[] file) {
    int next = PNG.length;
    int width = 0;
    int height = 0;
    while (true) {
      long length = unsigned(file, next);
      requireBytes(file, next, CHUNK_FRAME + length);
      int end = (int) (next + 8 + length);
      CRC32 sum = new CRC32();
      sum.update(file, next + 4, end - next - 4);
      if (sum.getValue() != unsigned(file, end)) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      String type = RiffChunks.ascii(file, next + 4);
      if (next == PNG.length) {
        if (!type.equals("IHDR") || length != 13) {
          throw new UnusableImage(ImageProblem.DAMAGED);
        }
        width = size(unsigned(file, next + 8));
        height = size(unsigned(file, next + 12));
      } else if (type.equals("IEND")) {
        return new ImageHeader(Format.PNG, width, height, 1);
      }
      next = end + 4;
    }
  }

  /** Every marker to the last, with what is between them. */
  private static ImageHeader jpeg(byte[] file) {
    int next = 2;
    int width = 0;
    int height = 0;
    int scans = 0;
    while (true) {
      requireBytes(file, next, 2);
      if (at(file, next) != MARKER) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      int marker = at(file, next + 1);
      if (marker == MARKER) {
        next++; // Filled up.
      } else if (marker == 0xD9) {
        ImageHeader header = new ImageHeader(Format.JPEG, width, height, Math.max(1, scans));
        if (scans > MOST_SCANS || header.scanned() > ImageLimits.MOST_SCANNED) {
          throw new UnusableImage(ImageProblem.TOO_LARGE);
        }
        return header;
      } else if (isWithoutContent(marker)) {
        next += 2; // Without content.
      } else {
        requireBytes(file, next, 4);
        int length = length(file, next);
        requireBytes(file, next + 2, length);
        if (length < 2) {
          throw new UnusableImage(ImageProblem.DAMAGED);
        }
        if (isFrame(marker) && length >= 8) {
          if (width > 0) {
            // Decoders make room for the first of them.
            throw new UnusableImage(ImageProblem.DAMAGED);
          }
          if (length > 8 && at(file, next + 9) == INKS) {
            // Four inks become other colours with every reader.
            throw new UnusableImage(ImageProblem.UNSUPPORTED_KIND);
          }
          height = at(file, next + 5) << 8 | at(file, next + 6);
          width = at(file, next + 7) << 8 | at(file, next + 8);
        }
        next += 2 + length;
        if (marker == 0xDA) {
          scans++;
          next = afterScan(file, next);
        }
      }
    }
  }

  /** Whether nothing stands between a marker of a JPEG and the next. */
  static boolean isWithoutContent(int marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
  }

  /** What a marker's segment says of its bytes, itself among them. */
  static int length(byte[] file, int segment) {
    return at(file, segment + 2) << 8 | at(file, segment + 3);
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /** The next marker that is neither a stuffed byte nor a restart. */
  private static int afterScan(byte[] file, int begin) {
    int next = begin;
    while (true) {
      requireBytes(file, next, 2);
      int following = at(file, next + 1);
      boolean inScan = following == 0 || (following >= 0xD0 && following <= 0xD7);
      if (at(file, next) == MARKER && !inScan && following != MARKER) {
        return next;
      }
      next++;
    }
  }

  private static void requireBytes(byte[] file, int begin, long count) {
    if (begin + count > file.length) {
      throw new UnusableImage(ImageProblem.TRUNCATED);
    }
  }

  private static boolean startsWith(byte[] file, int begin, byte[] mark) {
    return file.length >= begin + mark.length
        && Arrays.equals(file, begin, begin + mark.length, mark, 0, mark.length);
  }

  static int at(byte[] file, int index) {
    return file[index] & 0xFF;
  }

  static long unsigned(byte[] file, int begin) {
    requireBytes(file, begin, 4);
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 8 | at(file, begin + i);
    }
    return value;
  }

  private static int size(long value) {
    return (int) Math.min(value, Integer.MAX_VALUE);
  }
}
