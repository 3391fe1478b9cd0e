package dev.rankwise.datasets.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Square pictures as PNG files of eight bits a channel. Format: ISO/IEC 15948, RFC 1950 and 1951.
 */
public final class PngFile {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int CHANNELS = 3;
  private static final int EIGHT_BITS = 8;
  private static final int TRUE_COLOUR = 2;
  private static final int LONGEST_BLOCK = 65_535;
  private static final int PART_BYTES = 8192;

  /** After the signature come length and type of the first chunk, then the width. */
  private static final int WIDTH_PLACE = 16;

  /** Deflate, window of 32 KiB, fastest: the sum of both bytes is a multiple of 31. */
  private static final int ZLIB_HEADER = 0x7801;

  private PngFile() {}

  /**
   * A file whose bytes follow from its pixels alone: uncompressed, since what a compressor makes
   * differs from one version of its library to another.
   *
   * @param side height and width in pixels
   * @param colours red, green and blue from 0 to 255, (side, side, 3) row-major
   */
  public static byte[] uncompressed(int side, byte[] colours) {
    return of(side, stored(lines(side, colours)));
  }

  /**
   * A small file, such as a page holds.
   *
   * @param side height and width in pixels
   * @param colours red, green and blue from 0 to 255, (side, side, 3) row-major
   */
  public static byte[] compressed(int side, byte[] colours) {
    return of(side, deflated(lines(side, colours)));
  }

  /** Height and width in pixels of a file that was made here. */
  public static int side(byte[] file) {
    return ByteBuffer.wrap(file).getInt(WIDTH_PLACE);
  }

  private static byte[] of(int side, byte[] data) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(side).putInt(side);
    header.put((byte) EIGHT_BITS).put((byte) TRUE_COLOUR);
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", data);
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

  private static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try {
      deflater.setInput(data);
      deflater.finish();
      ByteArrayOutputStream zlib = new ByteArrayOutputStream();
      byte[] part = new byte[PART_BYTES];
      while (!deflater.finished()) {
        zlib.write(part, 0, deflater.deflate(part));
      }
      return zlib.toByteArray();
    } finally {
      deflater.end();
    }
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
