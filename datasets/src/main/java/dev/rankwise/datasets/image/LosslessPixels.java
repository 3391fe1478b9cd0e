package dev.rankwise.datasets.image;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.IntStream;

/**
 * Reads the pixels of a WebP without loss, or the transparency of one with loss, which is stored
 * alike.
 *
 * <p>What it costs is bounded by the picture's size: a transform is undone once, as the format
 * demands, and no more prefix codes are built than encoders make. Format: RFC 9649, section 3.
 */
final class LosslessPixels {
  /**
   * Groups of five prefix codes. libwebp makes up to 2,600 of them (MAX_HUFF_IMAGE_SIZE), and the
   * format could name 65,536, which are half a gigabyte of tables for a file of 160 KB.
   */
  private static final int MOST_GROUPS = 4096;

  private static final int GREEN = 0;
  private static final int RED = 1;
  private static final int BLUE = 2;
  private static final int ALPHA = 3;
  private static final int DISTANCE = 4;
  private static final int CODES = 5;
  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int MOST_CACHE_BITS = 11;
  private static final int CACHE_FACTOR = 0x1E35A7BD;
  private static final int[][] NEIGHBOURS = neighbours();

  private final LosslessBits bits;

  private LosslessPixels(LosslessBits bits) {
    this.bits = bits;
  }

  /**
   * Alpha, red, green and blue of each pixel, (height, width) row-major.
   *
   * @param bits those behind the size
   * @throws UnusableImage if they contradict themselves, or end
   */
  static int[] of(LosslessBits bits, int width, int height) {
    return new LosslessPixels(bits).picture(width, height);
  }

  private int[] picture(int width, int height) {
    Deque<LosslessTransform> transforms = new ArrayDeque<>();
    int kinds = 0;
    int stored = width;
    while (bits.read(1) == 1) {
      int kind = bits.read(2);
      if (((kinds >> kind) & 1) == 1) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      kinds |= 1 << kind;
      transforms.push(transform(kind, stored, height));
      stored = transforms.element().width();
    }
    int[] pixels = pixels(stored, height, true);
    for (LosslessTransform transform : transforms) {
      pixels = transform.undone(pixels, height);
    }
    return pixels;
  }

  private LosslessTransform transform(int kind, int width, int height) {
    return switch (kind) {
      case 0 -> {
        int blockBits = 2 + bits.read(3);
        yield new LosslessTransform.Predicted(width, blockBits, blocks(width, height, blockBits));
      }
      case 1 -> {
        int blockBits = 2 + bits.read(3);
        yield new LosslessTransform.Coloured(width, blockBits, blocks(width, height, blockBits));
      }
      case 2 -> new LosslessTransform.GreenTaken(width);
      default -> LosslessTransform.Indexed.of(width, pixels(1 + bits.read(8), 1, false));
    };
  }

  /** A number for each block of pixels. */
  private int[] blocks(int width, int height, int blockBits) {
    return pixels(
        LosslessTransform.blocks(width, blockBits),
        LosslessTransform.blocks(height, blockBits),
        false);
  }

  /**
   * A picture as it is stored, or one of the small ones that say how it is.
   *
   * @param whole whether it may have a group of codes for each block
   */
  private int[] pixels(int width, int height, boolean whole) {
    int cacheBits = 0;
    if (bits.read(1) == 1) {
      cacheBits = bits.read(4);
      if (cacheBits < 1 || cacheBits > MOST_CACHE_BITS) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
    }
    int groupBits = 0;
    int[] groups = {0};
    if (whole && bits.read(1) == 1) {
      groupBits = 2 + bits.read(3);
      groups = blocks(width, height, groupBits);
      for (int i = 0; i < groups.length; i++) {
        groups[i] = groups[i] >> Byte.SIZE & 0xFFFF;
      }
    }
    PrefixCode[] codes = codes(1 + Arrays.stream(groups).max().orElseThrow(), cacheBits);
    return new Coded(width, cacheBits, groupBits, groups, codes).pixels(height);
  }

  private PrefixCode[] codes(int groups, int cacheBits) {
    if (groups > MOST_GROUPS) {
      throw new UnusableImage(ImageProblem.UNSUPPORTED_KIND);
    }
    int[] symbols = {
      LITERALS + LENGTHS + (cacheBits > 0 ? 1 << cacheBits : 0),
      LITERALS,
      LITERALS,
      LITERALS,
      DISTANCES
    };
    PrefixCode[] codes = new PrefixCode[groups * CODES];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = PrefixCode.of(bits, symbols[i % CODES]);
    }
    return codes;
  }

  /** Pixels one by one, or runs that repeat earlier ones. */
  private final class Coded {
    private final int width;
    private final int cacheBits;
    private final int groupBits;
    private final int[] groups;
    private final PrefixCode[] codes;

    /** The last colour of each hash. */
    private final int[] cache;

    /**
     * @param groupBits blocks of 2^groupBits pixels a side share a group; 0 if all pixels do
     * @param groups the group of each block
     * @param codes five for each group
     */
    Coded(int width, int cacheBits, int groupBits, int[] groups, PrefixCode[] codes) {
      this.width = width;
      this.cacheBits = cacheBits;
      this.groupBits = groupBits;
      this.groups = groups;
      this.codes = codes;
      this.cache = new int[1 << cacheBits];
    }

    int[] pixels(int height) {
      int[] pixels = new int[width * height];
      int at = 0;
      int group = groups[0] * CODES;
      int mask = (1 << groupBits) - 1;
      while (at < pixels.length) {
        if (groupBits > 0 && ((at % width) & mask) == 0) {
          group = groupOf(at);
        }
        int symbol = codes[group + GREEN].read(bits);
        if (symbol < LITERALS) {
          int red = codes[group + RED].read(bits);
          int blue = codes[group + BLUE].read(bits);
          int alpha = codes[group + ALPHA].read(bits);
          pixels[at] = alpha << 24 | red << 16 | symbol << 8 | blue;
          keep(pixels[at++]);
        } else if (symbol < LITERALS + LENGTHS) {
          int length = number(symbol - LITERALS);
          repeat(pixels, at, length, distance(number(codes[group + DISTANCE].read(bits))));
          at += length;
          if (groupBits > 0 && at < pixels.length) {
            group = groupOf(at);
          }
        } else {
          pixels[at++] = cache[symbol - LITERALS - LENGTHS];
        }
      }
      return pixels;
    }

    private int groupOf(int at) {
      int across = LosslessTransform.blocks(width, groupBits);
      return CODES * groups[((at / width) >> groupBits) * across + ((at % width) >> groupBits)];
    }

    private void repeat(int[] pixels, int at, int length, int distance) {
      if (distance > at || length > pixels.length - at) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      for (int i = at; i < at + length; i++) {
        pixels[i] = pixels[i - distance];
        keep(pixels[i]);
      }
    }

    private void keep(int pixel) {
      if (cacheBits > 0) {
        cache[(CACHE_FACTOR * pixel) >>> (Integer.SIZE - cacheBits)] = pixel;
      }
    }

    /** A length, or a distance as it is stored: small ones by themselves, others with bits. */
    private int number(int prefix) {
      if (prefix < 4) {
        return prefix + 1;
      }
      int further = (prefix - 2) >> 1;
      return ((2 + (prefix & 1)) << further) + bits.read(further) + 1;
    }

    /** The first 120 name a neighbour, all others count pixels. */
    private int distance(int stored) {
      if (stored > NEIGHBOURS.length) {
        return stored - NEIGHBOURS.length;
      }
      int[] neighbour = NEIGHBOURS[stored - 1];
      return Math.max(1, neighbour[1] * width + neighbour[0]);
    }
  }

  /**
   * How far to the left and above a neighbour lies, the nearest ones first; of those that are as
   * near the upper ones, and then those on the left.
   */
  private static int[][] neighbours() {
    return IntStream.rangeClosed(0, 7)
        .boxed()
        .flatMap(
            above ->
                IntStream.rangeClosed(above > 0 ? -7 : 1, 8)
                    .mapToObj(left -> new int[] {left, above}))
        .sorted(
            Comparator.<int[]>comparingInt(it -> it[0] * it[0] + it[1] * it[1])
                .thenComparing(it -> it[1], Comparator.reverseOrder())
                .thenComparing(it -> it[0], Comparator.reverseOrder()))
        .toArray(int[][]::new);
  }
}
