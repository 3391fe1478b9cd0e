package dev.rankwise.datasets.image;

import java.nio.charset.StandardCharsets;

/**
 * The chunks of a stretch of a RIFF file, one after another: type, length, content, and behind an
 * odd number of bytes an empty one.
 */
final class RiffChunks {
  private static final int HEADER = 8;

  private final byte[] file;
  private final int end;
  private int following;
  private int data;
  private int length;

  /**
   * @param begin where the first one begins
   * @param end behind the stretch
   */
  RiffChunks(byte[] file, int begin, int end) {
    this.file = file;
    this.following = begin;
    this.end = end;
  }

  /**
   * Goes to the next one.
   *
   * @return whether there is one
   * @throws UnusableImage if it goes on behind the end
   */
  boolean next() {
    if (following >= end) {
      return false;
    }
    requireWithin(following + (long) HEADER);
    long claimed = little(file, following + 4, 4);
    data = following + HEADER;
    requireWithin(data + claimed);
    length = (int) claimed;
    following = data + length + (length & 1);
    return true;
  }

  private void requireWithin(long place) {
    if (place > file.length) {
      throw new UnusableImage(ImageProblem.TRUNCATED);
    }
    if (place > end) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
  }

  /** The type of this one. */
  String type() {
    return ascii(file, data - HEADER);
  }

  /** Where its content begins. */
  int data() {
    return data;
  }

  /** Bytes of its content. */
  int length() {
    return length;
  }

  /** Those that lie in the content of this one, behind some bytes. */
  RiffChunks within(int behind) {
    return new RiffChunks(file, data + behind, data + length);
  }

  /**
   * Some bytes as a number, the lowest first.
   *
   * @param count at most 4
   */
  static long little(byte[] file, int begin, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = (value << Byte.SIZE) | (file[begin + i] & 0xFF);
    }
    return value;
  }

  static String ascii(byte[] file, int begin) {
    return new String(file, begin, 4, StandardCharsets.ISO_8859_1);
  }
}
