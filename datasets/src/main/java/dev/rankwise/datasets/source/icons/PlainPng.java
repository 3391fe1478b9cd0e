package dev.rankwise.datasets.source.icons;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.Adler32;
import java.util.zip.CRC32;

/**
 * PNG files whose bytes follow from their pixels alone: uncompressed, since what a compressor makes
 * differs from one version of its library to another. Format: ISO/IEC 15948, RFC 1950 and 1951.
 */
final class PlainPng {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int CHANNELS = 3;
  private static final int EIGHT_BITS = 8;
  private static final int TRUE_COLOUR = 2;
  private static final int LONGEST_BLOCK = 65_535;

  /** Deflate, window of 32 KiB, fastest: the sum of both bytes is a multiple of 31. */
  private static final int ZLIB_HEADER = 0x7801;

  private PlainPng() {}

  /**
   * A square picture.
   *
   * @param side its height and width
   * @param colours red, green and blue, (side, side, 3) row-major
   */
  static byte[] of(int side, byte[] colours) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(side).putInt(side);
    header.put((byte) EIGHT_BITS).put((byte) TRUE_COLOUR);
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", stored(lines(side, colours)));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  /** Each line with the number of its filter, 0: none. */
  private static byte[] lines(int side, byte[] colours) {
    int line = side * CHANNELS;
    byte[] lines = new byte[side * (line + 1)];
    for (int row = 0; row < side; row++) {
      System.arraycopy(colours, row * line, lines, row * (line + 1) + 1, line);
    }
    return lines;
  }

  private static byte[] stored(byte[] data) {
    ByteArrayOutputStream zlib = new ByteArrayOutputStream();
    zlib.writeBytes(ByteBuffer.allocate(2).putShort((short) ZLIB_HEADER).array());
    for (int from = 0; from < data.length; from += LONGEST_BLOCK) {
      int length = Math.min(LONGEST_BLOCK, data.length - from);
      zlib.write(from + length == data.length ? 1 : 0);
      // Lengths of deflate have their low byte first.
      zlib.write(length);
      zlib.write(length >> Byte.SIZE);
      zlib.write(~length);
      zlib.write(~length >> Byte.SIZE);
      zlib.write(data, from, length);
    }
    Adler32 sum = new Adler32();
    sum.update(data);
    zlib.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array());
    return zlib.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    png.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(data.length).array());
    png.writeBytes(name);
    png.writeBytes(data);
    png.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array());
  }
}
