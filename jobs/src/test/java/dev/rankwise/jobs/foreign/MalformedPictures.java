package dev.rankwise.jobs.foreign;

import dev.rankwise.jobs.foreign.ForeignFile.Kind;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/** Picture files, each of which breaks one rule of PNG, JPEG or WebP. */
final class MalformedPictures {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int TRUE_COLOUR = 2;
  private static final int INDEXED = 3;
  private static final int FRAME = 0xC0;
  private static final int SCAN = 0xDA;
  private static final byte[] NOTHING = {};

  private final List<ForeignFile> cases = new ArrayList<>();

  private MalformedPictures() {}

  static List<ForeignFile> cases() {
    MalformedPictures all = new MalformedPictures();
    all.formats();
    all.pngs();
    all.jpegs();
    all.containers();
    all.lossless();
    return all.cases;
  }

  /** A picture of 8 x 8 pixels in a format that the JDK writes, or another one's first bytes. */
  static byte[] sound(String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), format, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A WebP without loss, of one pixel. */
  static byte[] soundWebp() {
    return riff(chunk("VP8L", pixel(0)));
  }

  /** A PNG with the sum behind each part put right, as far as there are parts. */
  static byte[] withSums(byte[] png) {
    ByteBuffer right = ByteBuffer.wrap(png.clone());
    int next = SIGNATURE.length;
    while (next + 12 <= png.length) {
      long end = next + 8 + (right.getInt(next) & 0xFFFF_FFFFL);
      if (end + 4 > png.length) {
        break;
      }
      CRC32 sum = new CRC32();
      sum.update(png, next + 4, (int) end - next - 4);
      right.putInt((int) end, (int) sum.getValue());
      next = (int) end + 4;
    }
    return right.array();
  }

  private void formats() {
    add("not-empty", NOTHING);
    add("of-a-known-format", "not a picture".getBytes(StandardCharsets.UTF_8));
    add("no-gif", sound("gif"));
    add("no-bitmap", sound("bmp"));
  }

  private void pngs() {
    byte[] header = header(8, 8, 8, TRUE_COLOUR);
    byte[] data = deflated(new byte[8 * 25]);
    add("png-more-than-its-signature", SIGNATURE);
    add("png-header-first", png(part("IDAT", data), part("IHDR", header)));
    add("png-header-of-13-bytes", png(part("IHDR", Arrays.copyOf(header, 12)), part("IDAT", data)));
    add("png-with-its-end", Arrays.copyOf(sound("png"), sound("png").length - 12));
    add("png-cut-nowhere", Arrays.copyOf(sound("png"), sound("png").length / 2));
    byte[] wrong = sound("png");
    wrong[wrong.length - 20] ^= 1;
    add("png-sums-right", wrong);
    byte[] long31 = png(part("IHDR", header), part("IDAT", data));
    Arrays.fill(long31, 33, 37, (byte) 0x7F);
    add("png-length-within-the-file", long31);
    Arrays.fill(long31, 33, 37, (byte) 0xFF);
    add("png-length-of-31-bits", long31);
    png("png-width-above-0", header(0, 8, 8, TRUE_COLOUR), data);
    png("png-height-above-0", header(8, 0, 8, TRUE_COLOUR), data);
    png("png-width-of-31-bits", header(-1, 8, 8, TRUE_COLOUR), data);
    png("png-no-longer-than-allowed", header(70_000, 1, 8, TRUE_COLOUR), data);
    png("png-no-larger-than-allowed", header(60_000, 60_000, 8, TRUE_COLOUR), data);
    png("png-depth-known", header(8, 8, 7, TRUE_COLOUR), data);
    png("png-colours-known", header(8, 8, 8, 5), data);
    png("png-data-inflates", header, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    add("png-data-there", png(part("IHDR", header)));
    png("png-palette-there", header(8, 8, 8, INDEXED), deflated(new byte[8 * 9]));
  }

  private void jpegs() {
    byte[] jpeg = sound("jpeg");
    int frame = marker(jpeg, FRAME);
    int scan = marker(jpeg, SCAN);
    add("jpeg-more-than-its-signature", Arrays.copyOf(jpeg, 2));
    add("jpeg-with-its-end", Arrays.copyOf(jpeg, jpeg.length - 2));
    add("jpeg-markers-one-behind-the-other", changed(jpeg, frame, 0x55));
    add("jpeg-length-counts-itself", changed(jpeg, frame + 2, 0, 1));
    add("jpeg-length-within-the-file", changed(jpeg, frame + 2, 0xFF, 0xFF));
    add("jpeg-height-above-0", changed(jpeg, frame + 5, 0, 0));
    add("jpeg-width-above-0", changed(jpeg, frame + 7, 0, 0));
    add("jpeg-no-larger-than-allowed", changed(jpeg, frame + 5, 0xFF, 0xFF, 0xFF, 0xFF));
    add("jpeg-of-known-inks", changed(jpeg, frame + 9, 4));
    byte[] once = Arrays.copyOfRange(jpeg, frame, frame + 19);
    add("jpeg-one-frame", joined(Arrays.copyOf(jpeg, frame), once, rest(jpeg, frame)));
    add("jpeg-a-frame", joined(Arrays.copyOf(jpeg, frame), rest(jpeg, frame + 19)));
    add("jpeg-tables-there", joined(Arrays.copyOf(jpeg, 2), rest(jpeg, frame)));
    byte[] body = Arrays.copyOfRange(jpeg, scan, jpeg.length - 2);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.writeBytes(Arrays.copyOf(jpeg, scan));
    for (int i = 0; i < 501; i++) {
      many.writeBytes(body);
    }
    many.writeBytes(rest(jpeg, jpeg.length - 2));
    add("jpeg-at-most-500-scans", many.toByteArray());
  }

  private void containers() {
    byte[] pixel = chunk("VP8L", pixel(0));
    byte[] sound = riff(pixel);
    add("webp-more-than-its-signature", Arrays.copyOf(sound, 12));
    add("webp-cut-nowhere", Arrays.copyOf(sound, sound.length - 2));
    add("webp-length-within-the-file", changed(sound, 4, 0xFF, 0xFF, 0xFF, 0x7F));
    add("webp-chunk-within-the-file", changed(sound, 16, 0xFF, 0xFF, 0xFF, 0xFF));
    add("webp-chunk-known", changed(sound, 12, 'V', 'P', '8', '?'));
    add("webp-canvas-of-10-bytes", riff(chunk("VP8X", new byte[9]), pixel));
    add("webp-canvas-of-the-picture", riff(canvas(2, 1), pixel));
    add("webp-a-picture", riff(canvas(1, 1)));
    add("webp-one-picture", riff(canvas(1, 1), pixel, pixel));
    add("webp-still-or-moving", riff(canvas(1, 1), pixel, moving(0, 1, pixel)));
    add("webp-frame-within-the-canvas", riff(canvas(1, 1), moving(1, 1, pixel)));
    add("webp-frame-of-its-size", riff(canvas(2, 1), moving(0, 2, pixel)));
    add("webp-no-larger-than-allowed", riff(canvas(1 << 24, 1 << 24), moving(0, 1, pixel)));
    byte[] lossy = {0x10, 0, 0, (byte) 0x9D, 1, 0x2A, 1, 0, 1, 0, 0, 0};
    add("webp-with-loss-has-data", riff(chunk("VP8 ", lossy)));
    add("webp-with-loss-has-a-size", riff(chunk("VP8 ", changed(lossy, 6, 0, 0))));
    add("webp-with-loss-has-its-mark", riff(chunk("VP8 ", changed(lossy, 3, 0, 0))));
    add("webp-with-loss-of-10-bytes", riff(chunk("VP8 ", Arrays.copyOf(lossy, 9))));
  }

  /** Of pixels without loss, bit by bit. */
  private void lossless() {
    bits("webp-lossless-mark", changed(pixel(0), 0, 0x2E));
    bits("webp-lossless-version", changed(pixel(0), 4, 0x20));
    bits("webp-lossless-not-cut-in-its-header", Arrays.copyOf(pixel(0), 4));
    bits("webp-lossless-not-cut-in-its-codes", Arrays.copyOf(pixel(0), 6));
    bits("webp-lossless-no-larger-than-allowed", changed(pixel(0), 1, 0xFF, 0xFF, 0xFF, 0x0F));
    // A transform, that colours lose their green, which stands there again and again.
    bits("webp-lossless-each-transform-once", pixel(0b101_101));
    // A cache of 0 bits, and of 15.
    bits("webp-lossless-cache-above-0-bits", pixel(0b00_0010));
    bits("webp-lossless-cache-of-11-bits", pixel(0b1_1110));
  }

  private void bits(String rule, byte[] bits) {
    add(rule, riff(chunk("VP8L", bits)));
  }

  private void png(String rule, byte[] header, byte[] data) {
    add(rule, png(part("IHDR", header), part("IDAT", data)));
  }

  private void add(String rule, byte[] file) {
    cases.add(ForeignFile.of(rule, Kind.PICTURE, Kind.PICTURE_FILE, file));
  }

  private static byte[] png(byte[]... parts) {
    return joined(SIGNATURE, joined(parts), part("IEND", NOTHING));
  }

  private static byte[] header(int width, int height, int depth, int colours) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    return header.put((byte) depth).put((byte) colours).array();
  }

  private static byte[] part(String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    return ByteBuffer.allocate(12 + data.length)
        .putInt(data.length)
        .put(name)
        .put(data)
        .putInt((int) sum.getValue())
        .array();
  }

  private static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater();
    deflater.setInput(data);
    deflater.finish();
    byte[] made = new byte[data.length + 64];
    int length = deflater.deflate(made);
    deflater.end();
    return Arrays.copyOf(made, length);
  }

  private static byte[] riff(byte[]... chunks) {
    byte[] all = joined(chunks);
    return little(12 + all.length)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(4 + all.length)
        .put("WEBP".getBytes(StandardCharsets.US_ASCII))
        .put(all)
        .array();
  }

  private static byte[] chunk(String type, byte[] data) {
    return little(8 + data.length + data.length % 2)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(data.length)
        .put(data)
        .array();
  }

  private static byte[] canvas(int width, int height) {
    return chunk("VP8X", little(10).put(4, three(width - 1)).put(7, three(height - 1)).array());
  }

  /**
   * A frame of an animation, one pixel high.
   *
   * @param place pairs of pixels to its left
   */
  private static byte[] moving(int place, int width, byte[] picture) {
    byte[] frame = little(16).put(0, three(place)).put(6, three(width - 1)).array();
    return chunk("ANMF", joined(frame, picture));
  }

  private static byte[] three(int number) {
    return Arrays.copyOf(little(4).putInt(number).array(), 3);
  }

  /**
   * The pixel of a picture without loss: mark, size and version, and then some bits; if all of
   * these are 0 there is no transform, cache and group of codes, and five codes of one symbol
   * follow.
   */
  private static byte[] pixel(int further) {
    // Five times a code that is simple, of one symbol, of one bit: 0.
    long codes = 0b0001_0001_0001_0001_0001L << 3;
    return little(5 + Long.BYTES).put((byte) 0x2F).putInt(0).putLong(codes | further).array();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where a marker of a JPEG stands. */
  private static int marker(byte[] jpeg, int marker) {
    int at = 2;
    while ((jpeg[at + 1] & 0xFF) != marker) {
      at += 2 + ((jpeg[at + 2] & 0xFF) << Byte.SIZE | (jpeg[at + 3] & 0xFF));
    }
    return at;
  }

  private static byte[] changed(byte[] file, int begin, int... bytes) {
    byte[] changed = file.clone();
    for (int i = 0; i < bytes.length; i++) {
      changed[begin + i] = (byte) bytes[i];
    }
    return changed;
  }

  private static byte[] rest(byte[] file, int begin) {
    return Arrays.copyOfRange(file, begin, file.length);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
