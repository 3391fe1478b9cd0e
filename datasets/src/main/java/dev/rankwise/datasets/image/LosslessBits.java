package dev.rankwise.datasets.image;

/**
 * The bits of a stretch of a file, of each byte the lowest first. Behind the end there are none:
 * who takes one there has a damaged file before him.
 */
final class LosslessBits {
  private final byte[] file;
  private final int end;
  private int next;

  /** Bits that were fetched and not taken, the next one lowest. */
  private long window;

  private int held;

  /**
   * @param begin the first byte
   * @param end behind the last byte
   */
  LosslessBits(byte[] file, int begin, int end) {
    this.file = file;
    this.next = begin;
    this.end = end;
  }

  /**
   * Takes the next bits as a number, the first one lowest.
   *
   * @param count from 0 to 24
   * @throws UnusableImage if there are fewer
   */
  int read(int count) {
    int value = peek(count);
    skip(count);
    return value;
  }

  /**
   * The next bits, which stay; zeros stand for those behind the end.
   *
   * @param count from 0 to 24
   */
  int peek(int count) {
    if (held < count) {
      fill();
    }
    return (int) window & ((1 << count) - 1);
  }

  /**
   * Takes bits that were looked at.
   *
   * @throws UnusableImage if there are fewer
   */
  void skip(int count) {
    if (count > held) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    window >>>= count;
    held -= count;
  }

  private void fill() {
    while (held <= Long.SIZE - Byte.SIZE && next < end) {
      window |= (file[next++] & 0xFFL) << held;
      held += Byte.SIZE;
    }
  }
}
