package dev.rankwise.datasets.image;

import java.util.Arrays;

/**
 * What was done to the pixels of a WebP without loss to make them small, and is undone. Pixels are
 * numbers of alpha, red, green and blue, eight bits each, row by row.
 *
 * <p>Format: RFC 9649, section 3.
 */
sealed interface LosslessTransform {
  int EVEN_BYTES = 0x00FF00FF;

  /** Pixels of a row before it is undone. */
  int width();

  /**
   * Undoes it, in place where a row keeps its pixels.
   *
   * @param pixels (height, width)
   */
  int[] undone(int[] pixels, int height);

  /** How many blocks of 2^bits cover a side. */
  static int blocks(int side, int bits) {
    return (side + (1 << bits) - 1) >> bits;
  }

  private static int sum(int a, int b) {
    return (((a & EVEN_BYTES) + (b & EVEN_BYTES)) & EVEN_BYTES)
        | (((a & ~EVEN_BYTES) + (b & ~EVEN_BYTES)) & ~EVEN_BYTES);
  }

  /** Of each pixel the difference to what its neighbours before it foretell, by blocks. */
  record Predicted(int width, int bits, int[] modes) implements LosslessTransform {
    private static final int BLACK = 0xFF000000;

    @Override
    public int[] undone(int[] pixels, int height) {
      int across = blocks(width, bits);
      for (int row = 0; row < height; row++) {
        int begin = row * width;
        // The first row has none above, and the first pixel of a row none on its left.
        pixels[begin] = sum(pixels[begin], row == 0 ? BLACK : pixels[begin - width]);
        for (int column = 1; column < width; column++) {
          int at = begin + column;
          int mode =
              row == 0 ? 1 : (modes[(row >> bits) * across + (column >> bits)] >> Byte.SIZE) & 0xF;
          pixels[at] = sum(pixels[at], foretold(pixels, at, mode));
        }
      }
      return pixels;
    }

    /** Right above the last pixel of a row the first one of that same row is taken. */
    private int foretold(int[] pixels, int at, int mode) {
      int left = pixels[at - 1];
      int top = mode == 1 ? 0 : pixels[at - width];
      return switch (mode) {
        case 1 -> left;
        case 2 -> top;
        case 3 -> pixels[at - width + 1];
        case 4 -> pixels[at - width - 1];
        case 5 -> mean(mean(left, pixels[at - width + 1]), top);
        case 6 -> mean(left, pixels[at - width - 1]);
        case 7 -> mean(left, top);
        case 8 -> mean(pixels[at - width - 1], top);
        case 9 -> mean(top, pixels[at - width + 1]);
        case 10 -> mean(mean(left, pixels[at - width - 1]), mean(top, pixels[at - width + 1]));
        case 11 -> nearer(left, top, pixels[at - width - 1]);
        case 12 -> plane(left, top, pixels[at - width - 1]);
        case 13 -> further(mean(left, top), pixels[at - width - 1]);
        default -> BLACK;
      };
    }

    private static int mean(int a, int b) {
      return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
    }

    /** That of both which is nearer to left + top − corner, the top one if they are alike. */
    private static int nearer(int left, int top, int corner) {
      int ofLeft = 0;
      int ofTop = 0;
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        int c = corner >> shift & 0xFF;
        ofLeft += Math.abs((top >> shift & 0xFF) - c);
        ofTop += Math.abs((left >> shift & 0xFF) - c);
      }
      return ofLeft < ofTop ? left : top;
    }

    /** left + top − corner, each within its byte. */
    private static int plane(int left, int top, int corner) {
      int result = 0;
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        int value = (left >> shift & 0xFF) + (top >> shift & 0xFF) - (corner >> shift & 0xFF);
        result |= clamped(value) << shift;
      }
      return result;
    }

    /** mean + (mean − corner)/2, each within its byte, the half rounded to zero. */
    private static int further(int mean, int corner) {
      int result = 0;
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        int m = mean >> shift & 0xFF;
        result |= clamped(m + (m - (corner >> shift & 0xFF)) / 2) << shift;
      }
      return result;
    }

    private static int clamped(int value) {
      return Math.max(0, Math.min(0xFF, value));
    }
  }

  /** Of red and blue the difference to what green, and of blue also red, foretell, by blocks. */
  record Coloured(int width, int bits, int[] factors) implements LosslessTransform {
    @Override
    public int[] undone(int[] pixels, int height) {
      int across = blocks(width, bits);
      for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
          int factor = factors[(row >> bits) * across + (column >> bits)];
          int pixel = pixels[row * width + column];
          int green = pixel >> Byte.SIZE;
          int red = ((pixel >> 16) + share(factor, green)) & 0xFF;
          int blue = (pixel + share(factor >> Byte.SIZE, green) + share(factor >> 16, red)) & 0xFF;
          pixels[row * width + column] = (pixel & ~EVEN_BYTES) | red << 16 | blue;
        }
      }
      return pixels;
    }

    /** The product of two bytes with sign, in units of 1/32. */
    private static int share(int factor, int colour) {
      return ((byte) factor * (byte) colour) >> 5;
    }
  }

  /** Of red and blue the difference to green. */
  record GreenTaken(int width) implements LosslessTransform {
    @Override
    public int[] undone(int[] pixels, int height) {
      for (int i = 0; i < pixels.length; i++) {
        int green = pixels[i] >> Byte.SIZE & 0xFF;
        pixels[i] =
            (pixels[i] & ~EVEN_BYTES)
                | (((pixels[i] & EVEN_BYTES) + (green << 16 | green)) & EVEN_BYTES);
      }
      return pixels;
    }
  }

  /**
   * Places in a table of colours, in green; of small tables several in one, the first one lowest.
   *
   * @param full pixels of a row behind it
   * @param colours each place that can be named; 0 where the table has ended
   */
  record Indexed(int full, int packedBits, int[] colours) implements LosslessTransform {
    /** Of a table as it is stored, each colour as the difference to the one before. */
    static Indexed of(int full, int[] stored) {
      int packedBits = stored.length > 16 ? 0 : stored.length > 4 ? 1 : stored.length > 2 ? 2 : 3;
      int[] colours = Arrays.copyOf(stored, 1 << (Byte.SIZE >> packedBits));
      for (int i = 1; i < stored.length; i++) {
        colours[i] = sum(colours[i], colours[i - 1]);
      }
      return new Indexed(full, packedBits, colours);
    }

    @Override
    public int width() {
      return blocks(full, packedBits);
    }

    @Override
    public int[] undone(int[] pixels, int height) {
      int packed = width();
      int[] result = packedBits == 0 ? pixels : new int[full * height];
      int each = Byte.SIZE >> packedBits;
      int last = (1 << packedBits) - 1;
      for (int row = 0; row < height; row++) {
        for (int column = 0; column < full; column++) {
          int green = pixels[row * packed + (column >> packedBits)] >> Byte.SIZE & 0xFF;
          int place = (green >> ((column & last) * each)) & ((1 << each) - 1);
          result[row * full + column] = colours[place];
        }
      }
      return result;
    }
  }
}
