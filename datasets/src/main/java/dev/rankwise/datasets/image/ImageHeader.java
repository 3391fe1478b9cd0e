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
 */
record ImageHeader(Format format, int width, int height) {
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  private static final int CHUNK_FRAME = 12;
  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;

  /** Bytes that say where a frame of an animation lies, and how long it is shown. */
  private static final int PLACE = 16;

  private static final int MARKER = 0xFF;

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
      header = webp(file);
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
      String type = ascii(file, next + 4);
      if (next == PNG.length) {
        if (!type.equals("IHDR") || length != 13) {
          throw new UnusableImage(ImageProblem.DAMAGED);
        }
        width = size(unsigned(file, next + 8));
        height = size(unsigned(file, next + 12));
      } else if (type.equals("IEND")) {
        return new ImageHeader(Format.PNG, width, height);
      }
      next = end + 4;
    }
  }

  /** Every marker to the last, with what is between them. */
  private static ImageHeader jpeg(byte[] file) {
    int next = 2;
    int width = 0;
    int height = 0;
    while (true) {
      requireBytes(file, next, 2);
      if (at(file, next) != MARKER) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      int marker = at(file, next + 1);
      if (marker == MARKER) {
        next++; // Filled up.
      } else if (marker == 0xD9) {
        return new ImageHeader(Format.JPEG, width, height);
      } else if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
        next += 2; // Without content.
      } else {
        requireBytes(file, next, 4);
        int length = at(file, next + 2) << 8 | at(file, next + 3);
        requireBytes(file, next + 2, length);
        if (length < 2) {
          throw new UnusableImage(ImageProblem.DAMAGED);
        }
        if (isFrame(marker) && length >= 8) {
          if (width > 0) {
            // Decoders make room for the first of them.
            throw new UnusableImage(ImageProblem.DAMAGED);
          }
          height = at(file, next + 5) << 8 | at(file, next + 6);
          width = at(file, next + 7) << 8 | at(file, next + 8);
        }
        next += 2 + length;
        if (marker == 0xDA) {
          next = afterScan(file, next);
        }
      }
    }
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

  /** A simple file, lossy or not, or an extended one; its container must be whole. */
  private static ImageHeader webp(byte[] file) {
    requireBytes(file, 0, RIFF_HEADER);
    requireBytes(file, 8, little(file, 4, 4));
    requireBytes(file, RIFF_HEADER, CHUNK_HEADER);
    return ascii(file, RIFF_HEADER).equals("VP8X") ? canvas(file) : frame(file, RIFF_HEADER);
  }

  /**
   * An extended file: its canvas. Each frame must have the size that is kept for it, since a
   * decoder makes room for what the frame itself says.
   */
  private static ImageHeader canvas(byte[] file) {
    requireBytes(file, RIFF_HEADER, CHUNK_HEADER + 10);
    int data = RIFF_HEADER + CHUNK_HEADER;
    ImageHeader canvas =
        new ImageHeader(
            Format.WEBP, (int) little(file, data + 4, 3) + 1, (int) little(file, data + 7, 3) + 1);
    int end = (int) Math.min(file.length, CHUNK_HEADER + little(file, 4, 4));
    int frames = 0;
    int still = 0;
    int next = afterChunk(file, RIFF_HEADER);
    while (next + CHUNK_HEADER <= end) {
      String type = ascii(file, next);
      if (type.equals("ANMF")) {
        frames += animated(file, next, canvas);
      } else if (isFrameOfWebP(type)) {
        requireSize(frame(file, next), canvas.width, canvas.height);
        frames++;
        still++;
      }
      next = afterChunk(file, next);
    }
    // A reader takes what is left for a chunk that goes on behind the end, and decodes each frame.
    if (next < end || still > 1 || frames == 0) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    return canvas;
  }

  /** The frames in a chunk of an animation: a place on the canvas, and what lies there. */
  private static int animated(byte[] file, int chunk, ImageHeader canvas) {
    requireBytes(file, chunk, CHUNK_HEADER + PLACE);
    int data = chunk + CHUNK_HEADER;
    int width = (int) little(file, data + 6, 3) + 1;
    int height = (int) little(file, data + 9, 3) + 1;
    if (2 * little(file, data, 3) + width > canvas.width
        || 2 * little(file, data + 3, 3) + height > canvas.height) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    int frames = 0;
    int end = afterChunk(file, chunk);
    int next = data + PLACE;
    while (next + CHUNK_HEADER <= end) {
      if (isFrameOfWebP(ascii(file, next))) {
        requireSize(frame(file, next), width, height);
        frames++;
      }
      next = afterChunk(file, next);
    }
    if (next < end || frames > 1) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    return frames;
  }

  private static boolean isFrameOfWebP(String type) {
    return type.equals("VP8 ") || type.equals("VP8L");
  }

  private static void requireSize(ImageHeader frame, int width, int height) {
    if (frame.width != width || frame.height != height) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
  }

  /** Where the chunk behind another begins; of an odd number of bytes one is left empty. */
  private static int afterChunk(byte[] file, int chunk) {
    requireBytes(file, chunk, CHUNK_HEADER);
    long length = little(file, chunk + 4, 4);
    requireBytes(file, chunk, CHUNK_HEADER + length);
    return (int) (chunk + CHUNK_HEADER + length + (length & 1));
  }

  /** What a chunk of pixels, lossy or not, says of its size. */
  private static ImageHeader frame(byte[] file, int chunk) {
    requireBytes(file, chunk, 18);
    int data = chunk + CHUNK_HEADER;
    return switch (ascii(file, chunk)) {
      case "VP8 " ->
          new ImageHeader(
              Format.WEBP,
              (int) little(file, data + 6, 2) & 0x3FFF,
              (int) little(file, data + 8, 2) & 0x3FFF);
      case "VP8L" -> {
        long bits = little(file, data + 1, 4);
        yield new ImageHeader(
            Format.WEBP, (int) (bits & 0x3FFF) + 1, (int) (bits >> 14 & 0x3FFF) + 1);
      }
      default -> throw new UnusableImage(ImageProblem.DAMAGED);
    };
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

  private static int at(byte[] file, int index) {
    return file[index] & 0xFF;
  }

  private static long unsigned(byte[] file, int begin) {
    requireBytes(file, begin, 4);
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 8 | at(file, begin + i);
    }
    return value;
  }

  private static long little(byte[] file, int begin, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = value << 8 | at(file, begin + i);
    }
    return value;
  }

  private static int size(long value) {
    return (int) Math.min(value, Integer.MAX_VALUE);
  }

  private static String ascii(byte[] file, int begin) {
    return new String(file, begin, 4, StandardCharsets.ISO_8859_1);
  }
}
