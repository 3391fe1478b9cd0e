package dev.rankwise.datasets.image;

import java.util.Arrays;

/**
 * A canonical prefix code of a WebP without loss: a symbol's code follows from its length and the
 * lengths of all others, as in deflate.
 *
 * <p>Codes of up to eight bits are looked up at once, longer ones bit by bit, so that thousands of
 * codes take little room. Format: RFC 9649, section 3.
 */
final class PrefixCode {
  private static final int LONGEST = 15;
  private static final int AT_ONCE = 8;
  private static final int LONGER = -1;
  private static final int SYMBOL_BITS = 16;

  /** In this order lengths of the code are stored in which lengths are written. */
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  private static final int REPEATED = 16;
  private static final int ZEROS = 17;
  private static final int MANY_ZEROS = 18;

  /** By the next bits: length << 16 | symbol, or LONGER. */
  private final int[] found;

  private final int foundBits;

  /** How many codes have each length. */
  private final int[] counts;

  /** Symbols by the lengths of their codes, and by number. */
  private final short[] symbols;

  /**
   * @param lengths of each symbol's code, 0 where it has none
   * @throws UnusableImage if they are those of no code
   */
  private PrefixCode(int[] lengths) {
    counts = new int[LONGEST + 1];
    int longest = 0;
    for (int length : lengths) {
      counts[length]++;
      longest = Math.max(longest, length);
    }
    int used = lengths.length - counts[0];
    counts[0] = 0;
    symbols = new short[used];
    int[] places = new int[LONGEST + 1];
    int free = 1;
    for (int length = 1; length <= LONGEST; length++) {
      places[length] = places[length - 1] + counts[length - 1];
      free = 2 * free - counts[length];
      if (free < 0) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        symbols[places[lengths[symbol]]++] = (short) symbol;
      }
    }
    if (used == 1) {
      // It takes no bits, whatever length it was given.
      foundBits = 0;
      found = new int[] {symbols[0]};
    } else if (free > 0) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    } else {
      foundBits = Math.min(longest, AT_ONCE);
      found = new int[1 << foundBits];
      look();
    }
  }

  /** Fills in the codes that are looked up at once. */
  private void look() {
    Arrays.fill(found, LONGER);
    int code = 0;
    int index = 0;
    for (int length = 1; length <= foundBits; length++) {
      code <<= 1;
      for (int i = 0; i < counts[length]; i++) {
        // The first bit of a code is its highest, and the lowest of what is looked at.
        int begin = Integer.reverse(code++) >>> (Integer.SIZE - length);
        for (int bits = begin; bits < found.length; bits += 1 << length) {
          found[bits] = (length << SYMBOL_BITS) | symbols[index];
        }
        index++;
      }
    }
  }

  /**
   * Reads a code.
   *
   * @param symbols how many symbols there are
   * @throws UnusableImage if it is none
   */
  static PrefixCode of(LosslessBits bits, int symbols) {
    int[] lengths = new int[symbols];
    if (bits.read(1) == 1) {
      boolean two = bits.read(1) == 1;
      give(lengths, bits.read(bits.read(1) == 1 ? Byte.SIZE : 1));
      if (two) {
        give(lengths, bits.read(Byte.SIZE));
      }
      return new PrefixCode(lengths);
    }
    int[] ofLengths = new int[ORDER.length];
    int stored = 4 + bits.read(4);
    for (int i = 0; i < stored; i++) {
      ofLengths[ORDER[i]] = bits.read(3);
    }
    PrefixCode code = new PrefixCode(ofLengths);
    int left = symbols;
    if (bits.read(1) == 1) {
      left = 2 + bits.read(2 + 2 * bits.read(3));
    }
    if (left > symbols) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    readLengths(bits, code, left, lengths);
    return new PrefixCode(lengths);
  }

  private static void give(int[] lengths, int symbol) {
    if (symbol >= lengths.length) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    lengths[symbol] = 1;
  }

  /**
   * Lengths one by one, or runs of them.
   *
   * @param most how many codes are read at most
   */
  private static void readLengths(LosslessBits bits, PrefixCode code, int most, int[] lengths) {
    int last = Byte.SIZE;
    int next = 0;
    for (int i = 0; i < most && next < lengths.length; i++) {
      int length = code.read(bits);
      if (length < REPEATED) {
        lengths[next++] = length;
        last = length > 0 ? length : last;
        continue;
      }
      int run =
          switch (length) {
            case REPEATED -> 3 + bits.read(2);
            case ZEROS -> 3 + bits.read(3);
            case MANY_ZEROS -> 11 + bits.read(7);
            default -> throw new UnusableImage(ImageProblem.DAMAGED);
          };
      if (next + run > lengths.length) {
        throw new UnusableImage(ImageProblem.DAMAGED);
      }
      Arrays.fill(lengths, next, next + run, length == REPEATED ? last : 0);
      next += run;
    }
  }

  /**
   * Reads a symbol.
   *
   * @throws UnusableImage if the bits end
   */
  int read(LosslessBits bits) {
    int entry = found[bits.peek(foundBits)];
    if (entry == LONGER) {
      return readLonger(bits);
    }
    bits.skip(entry >>> SYMBOL_BITS);
    return entry & ((1 << SYMBOL_BITS) - 1);
  }

  private int readLonger(LosslessBits bits) {
    int next = bits.peek(LONGEST);
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code |= (next >> (length - 1)) & 1;
      if (code - first < counts[length]) {
        bits.skip(length);
        return symbols[index + code - first];
      }
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new UnusableImage(ImageProblem.DAMAGED);
  }
}
