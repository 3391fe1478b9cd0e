package dev.rankwise.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebP files bit by bit, and what all formats leave out. */
final class TestWebpFiles {
  private static final ImageDecoder DECODER = new ImageDecoder(ImageLimits.usual());

  private static byte[] file(String name) throws IOException {
    try (InputStream in = TestWebpFiles.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    }
  }

  private static JsonNode cases() throws IOException {
    return new ObjectMapper().readTree(file("lossless-webp.json")).get("cases");
  }

  /** Palettes of all sizes, each predictor, colours that are kept, groups of codes, lone pixels. */
  @Test
  void filesWithoutLossAreWhatLibwebpReads() throws IOException, NoSuchAlgorithmException {
    assertThat(cases()).hasSizeGreaterThan(60);
    for (JsonNode one : cases()) {
      RasterImage found = DECODER.decode(Base64.getDecoder().decode(one.get("file").textValue()));
      String name = one.get("name").textValue();
      assertThat(found.width()).as(name).isEqualTo(one.get("width").intValue());
      assertThat(found.height()).as(name).isEqualTo(one.get("height").intValue());
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(found.colours());
      assertThat(HexFormat.of().formatHex(sum)).as(name).isEqualTo(one.get("colours").textValue());
    }
  }

  /** Whatever becomes of a byte, the answer is a picture or a problem with a name. */
  @Test
  void filesWithWrongBytesAreAPictureOrTold() throws IOException {
    SplittableRandom random = new SplittableRandom(11);
    int told = 0;
    int decoded = 0;
    for (JsonNode one : cases()) {
      byte[] whole = Base64.getDecoder().decode(one.get("file").textValue());
      for (int i = 0; i < 60; i++) {
        byte[] spoilt = whole.clone();
        // Behind the size, which decides how long a picture takes.
        spoilt[25 + random.nextInt(spoilt.length - 25)] ^= (byte) (1 << random.nextInt(8));
        try {
          DECODER.decode(spoilt);
          decoded++;
        } catch (UnusableImage problem) {
          assertThat(problem.problem()).isNotNull();
          told++;
        }
      }
    }
    assertThat(told).isPositive();
    assertThat(decoded).isPositive();
  }

  /** 28 bytes: no transform, no cache, no groups, five codes of one symbol of one bit. */
  @Test
  void theShortestFileWithoutLossIsDecoded() {
    BitWriter shortest = new BitWriter().bits(0x2F, 8).bits(0, 32).bits(0, 3);
    for (int code = 0; code < 5; code++) {
      shortest.bits(1, 4);
    }
    byte[] file = riff(chunk("VP8L", shortest.bytes()));

    assertThat(file).hasSize(28);
    assertThat(DECODER.decode(file).colours()).containsExactly(0, 0, 0);
    byte[] ended = riff(chunk("VP8L", Arrays.copyOf(shortest.bytes(), 6)));
    refused(ended, ImageProblem.DAMAGED);
  }

  /** A format allows each once; undone 2,000 times, one takes a minute. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aTransformThatStandsTwiceIsDamage(int kind) {
    assertThat(DECODER.decode(riff(chunk("VP8L", transformed(kind, 1)))).width()).isEqualTo(16);
    refused(riff(chunk("VP8L", transformed(kind, 2))), ImageProblem.DAMAGED);
  }

  /** By the corner, and by the mean of corner and top: what no file above is predicted by. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void pixelsArePredictedByTheirCorner(int mode) {
    BitWriter bits = BitWriter.ofPicture(3, 3).bits(1, 1).bits(0, 2).bits(0, 3).bits(0, 1);
    bits.colour(0, mode, 0, 0).bits(0, 3).colour(10, 0, 30, 0);

    byte[] found = DECODER.decode(riff(chunk("VP8L", bits.bytes()))).colours();

    int[] red = new int[9];
    for (int at = 0; at < 9; at++) {
      int left = at > 0 ? red[at - 1] : 0;
      int top = at > 2 ? red[at - 3] : 0;
      int corner = at > 3 ? red[at - 4] : 0;
      int foretold = mode == 4 ? corner : (corner + top) / 2;
      red[at] = 10 + (at < 3 ? left : at % 3 == 0 ? top : foretold);
      assertThat(found[3 * at] & 0xFF).as("red of %s", at).isEqualTo(red[at]);
    }
  }

  private static byte[] transformed(int kind, int times) {
    BitWriter bits = BitWriter.ofPicture(16, 16);
    for (int i = 0; i < times; i++) {
      bits.bits(1, 1).bits(kind, 2);
      if (kind == 3) {
        bits.bits(0, 8).bits(0, 1).colour(9, 9, 9, 255);
      } else if (kind < 2) {
        bits.bits(0, 3).bits(0, 1).colour(0, 0, 0, 0);
      }
    }
    return bits.bits(0, 3).colour(10, 0, 30, 255).bytes();
  }

  /** They would take half a gigabyte, though not one of them is used. */
  @Test
  void moreCodesThanEncodersMakeAreAnotherKind() {
    for (int last : List.of(4095, 4096, 65_535)) {
      BitWriter bits = BitWriter.ofPicture(4, 4).bits(0, 2).bits(1, 1).bits(0, 3).bits(0, 1);
      bits.colour(last >> 8, last & 0xFF, 0, 0);
      for (int group = 0; group <= last; group++) {
        bits.colour(1, 2, 3, 255);
      }
      byte[] file = riff(chunk("VP8L", bits.bytes()));
      if (last < 4096) {
        assertThat(Arrays.copyOf(DECODER.decode(file).colours(), 3)).containsExactly(1, 2, 3);
      } else {
        refused(file, ImageProblem.UNSUPPORTED_KIND);
      }
    }
  }

  /** Codes of lengths that make no code, numbers out of range, and runs that go too far. */
  @Test
  void whatMakesNoCodeIsDamage() {
    // A cache of no and of 4,096 colours.
    refusedPixels(start().bits(1, 1).bits(0, 4));
    refusedPixels(start().bits(1, 1).bits(12, 4));
    // A distance whose symbol does not exist.
    BitWriter beyond = start().bits(0, 2);
    for (int code = 0; code < 4; code++) {
      beyond.bits(5, 3).bits(1, 8);
    }
    refusedPixels(beyond.bits(5, 3).bits(40, 8));
    // Lengths of lengths: none, one too few, one too many.
    refusedPixels(lengths(0, 0, 0, 0));
    refusedPixels(lengths(2, 2, 2, 0));
    refusedPixels(lengths(1, 1, 1, 0));
    // More lengths than symbols.
    refusedPixels(lengths(1, 1, 0, 0).bits(1, 1).bits(7, 3).bits(0xFFFF, 16));
    // Zeros without end.
    BitWriter zeros = lengths(0, 1, 0, 0).bits(0, 1);
    refusedPixels(zeros.bits(127, 7).bits(127, 7).bits(127, 7).bits(127, 7));
  }

  private static BitWriter start() {
    return BitWriter.ofPicture(4, 4).bits(0, 1);
  }

  /** A code whose lengths are written with a code of up to four symbols: 17, 18, 0 and 1. */
  private static BitWriter lengths(int... ofLengths) {
    BitWriter bits = start().bits(0, 2).bits(0, 1).bits(0, 4);
    for (int length : ofLengths) {
      bits.bits(length, 3);
    }
    return bits;
  }

  private static void refusedPixels(BitWriter bits) {
    refused(riff(chunk("VP8L", bits.bits(0, 32).bits(0, 32).bytes())), ImageProblem.DAMAGED);
  }

  /** The colours that are decoded with loss, under an alpha of each way in which one is stored. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void transparencyBesideLossIsReadWithEachFilter(int filter) throws IOException {
    byte[] frame = lossyFrame();
    RasterImage plain = DECODER.decode(file("lossy.webp"));
    int[] alpha = new int[64 * 48];
    Arrays.setAll(alpha, i -> i * 7 % 256 ^ i / 64);
    byte[] stored = new byte[1 + alpha.length];
    stored[0] = (byte) (filter << 2);
    for (int i = 0; i < alpha.length; i++) {
      stored[1 + i] = (byte) (alpha[i] - foretold(alpha, i, filter));
    }

    RasterImage found = DECODER.decode(extended(64, 48, chunk("ALPH", stored), frame));

    for (int i = 0; i < found.colours().length; i++) {
      double c = plain.colours()[i] & 0xFF;
      double a = alpha[i / 3];
      assertThat((double) (found.colours()[i] & 0xFF))
          .as("number %s", i)
          .isCloseTo((c * a + 255 * (255 - a)) / 255, within(0.51));
    }
    refused(
        extended(64, 48, chunk("ALPH", Arrays.copyOf(stored, 3072)), frame), ImageProblem.DAMAGED);
    stored[0] = 2;
    refused(extended(64, 48, chunk("ALPH", stored), frame), ImageProblem.DAMAGED);
  }

  private static int foretold(int[] alpha, int at, int filter) {
    int row = at / 64;
    int column = at % 64;
    if (filter == 0 || at == 0) {
      return 0;
    }
    int left = column > 0 ? alpha[at - 1] : alpha[at - 64];
    int top = row > 0 ? alpha[at - 64] : alpha[at - 1];
    if (filter == 3 && row > 0 && column > 0) {
      return Math.max(0, Math.min(255, left + top - alpha[at - 65]));
    }
    return filter == 1 || row == 0 ? left : top;
  }

  @Test
  void transparencyWithoutLossIsItsGreen() throws IOException {
    byte[] stored = new BitWriter().bits(1, 8).bits(0, 3).colour(0, 128, 0, 0).bytes();
    RasterImage plain = DECODER.decode(file("lossy.webp"));
    RasterImage found = DECODER.decode(extended(64, 48, chunk("ALPH", stored), lossyFrame()));
    int c = plain.colours()[0] & 0xFF;
    assertThat(found.colours()[0] & 0xFF).isEqualTo((c * 128 + 255 * 127 + 127) / 255);
  }

  /** Each would be decoded. */
  @Test
  void whatAFrameHasOnceAndStandsTwiceIsDamage() throws IOException {
    byte[] alpha = chunk("ALPH", new BitWriter().bits(1, 8).bits(0, 3).colour(0, 9, 0, 0).bytes());
    byte[] frame = lossyFrame();
    assertThat(DECODER.decode(extended(64, 48, alpha, frame)).width()).isEqualTo(64);
    refused(extended(64, 48, alpha, alpha, frame), ImageProblem.DAMAGED);
    refused(extended(64, 48, frame, frame), ImageProblem.DAMAGED);
    byte[] moving = chunk("ANMF", joined(place(0, 0, 64, 48), alpha, alpha, frame));
    refused(extended(64, 48, moving), ImageProblem.DAMAGED);
    byte[] once = chunk("ANMF", joined(place(0, 0, 64, 48), frame));
    refused(extended(64, 48, once, frame), ImageProblem.DAMAGED);
    refused(extended(64, 48, alpha), ImageProblem.DAMAGED);
  }

  /** What it leaves of the canvas is transparent, so white. */
  @Test
  void theFirstFrameOfAnAnimationLiesInItsPlace() {
    byte[] dark = chunk("VP8L", BitWriter.ofPicture(2, 1).bits(0, 3).colour(1, 2, 3, 255).bytes());
    byte[] first = chunk("ANMF", joined(place(2, 2, 2, 1), dark));
    byte[] next = chunk("ANMF", joined(place(0, 0, 2, 1), dark));

    RasterImage found = DECODER.decode(extended(5, 4, first, next));

    byte[] expected = new byte[5 * 4 * 3];
    Arrays.fill(expected, (byte) 255);
    System.arraycopy(new byte[] {1, 2, 3, 1, 2, 3}, 0, expected, (2 * 5 + 2) * 3, 6);
    assertThat(found.colours()).isEqualTo(expected);
    refused(extended(5, 4, chunk("ANMF", joined(place(4, 2, 2, 1), dark))), ImageProblem.DAMAGED);
  }

  /** One that is linear would make the middle shades lighter. */
  @Test
  void aColourProfileChangesNothing() throws IOException {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    byte[] pixels =
        chunk("VP8L", BitWriter.ofPicture(8, 8).bits(0, 3).colour(90, 140, 60, 255).bytes());
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, 0x5A8C3C);
    }

    RasterImage webp = DECODER.decode(extended(8, 8, chunk("ICCP", profile), pixels));
    byte[] png = written(image, "png");
    byte[] jpeg = written(image, "jpeg");

    assertThat(Arrays.copyOf(webp.colours(), 3)).containsExactly(90, (byte) 140, 60);
    assertThat(DECODER.decode(withProfileOfPng(png, profile)).colours())
        .isEqualTo(DECODER.decode(png).colours());
    assertThat(DECODER.decode(withProfileOfJpeg(jpeg, profile)).colours())
        .isEqualTo(DECODER.decode(jpeg).colours());
  }

  /** They are put together before a reader sees them, so a million of them takes no memory. */
  @Test
  void thePartsOfAPngAreReadAsOne() throws IOException {
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_INDEXED);
    for (int i = 0; i < 81; i++) {
      image.setRGB(i % 9, i / 9, 0x10101 * i * 3);
    }
    byte[] png = written(image, "png");
    int data = indexOf(png, "IDAT") - 4;
    byte[] zlib = Arrays.copyOfRange(png, data + 8, data + 8 + ByteBuffer.wrap(png).getInt(data));
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.writeBytes(Arrays.copyOf(png, data));
    many.writeBytes(pngChunk("tEXt", "a\0b".getBytes(StandardCharsets.US_ASCII)));
    for (byte part : zlib) {
      many.writeBytes(pngChunk("IDAT", new byte[0]));
      many.writeBytes(pngChunk("IDAT", new byte[] {part}));
    }
    many.writeBytes(pngChunk("tEXt", "a\0b".getBytes(StandardCharsets.US_ASCII)));
    many.writeBytes(pngChunk("IEND", new byte[0]));

    assertThat(DECODER.decode(many.toByteArray()).colours())
        .isEqualTo(DECODER.decode(png).colours());
    byte[] parts = PixelParts.ofPng(many.toByteArray());
    assertThat(parts).isEqualTo(PixelParts.ofPng(png));
    assertThat(indexOf(parts, "tEXt")).isNegative();
    refused(joined(Arrays.copyOf(png, 33), pngChunk("IEND", new byte[0])), ImageProblem.DAMAGED);
  }

  private static int indexOf(byte[] file, String mark) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf(mark);
  }

  private static byte[] pngChunk(String type, byte[] content) {
    byte[] typed = joined(type.getBytes(StandardCharsets.US_ASCII), content);
    CRC32 sum = new CRC32();
    sum.update(typed);
    ByteBuffer chunk = ByteBuffer.allocate(8 + typed.length).putInt(content.length);
    return chunk.put(typed).putInt((int) sum.getValue()).array();
  }

  private static byte[] withProfileOfPng(byte[] png, byte[] profile) {
    Deflater deflater = new Deflater();
    deflater.setInput(profile);
    deflater.finish();
    byte[] zlib = new byte[profile.length + 100];
    zlib = Arrays.copyOf(zlib, deflater.deflate(zlib));
    deflater.end();
    byte[] content = joined("linear\0\0".getBytes(StandardCharsets.US_ASCII), zlib);
    byte[] chunk = pngChunk("iCCP", content);
    // Behind the signature and the header.
    return joined(Arrays.copyOf(png, 33), chunk, Arrays.copyOfRange(png, 33, png.length));
  }

  private static byte[] withProfileOfJpeg(byte[] jpeg, byte[] profile) {
    byte[] head = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer segment = ByteBuffer.allocate(4 + head.length + 2 + profile.length);
    segment.put((byte) 0xFF).put((byte) 0xE2).putShort((short) (segment.capacity() - 2));
    segment.put(head).put((byte) 1).put((byte) 1).put(profile);
    // Behind the start and the segment of JFIF.
    int behind = 4 + ByteBuffer.wrap(jpeg).getShort(4);
    return joined(
        Arrays.copyOf(jpeg, behind),
        segment.array(),
        Arrays.copyOfRange(jpeg, behind, jpeg.length));
  }

  /** A scan of a few bytes makes the decoder pass over all pixels. */
  @Test
  void moreScansThanAPictureNeedsAreTooLarge() {
    assertThat(ImageHeader.of(scans(5000, 16)).height()).isEqualTo(5000);
    refusedHeader(scans(5000, 22));
    assertThat(ImageHeader.of(scans(64, 500)).height()).isEqualTo(64);
    refusedHeader(scans(64, 501));
  }

  private static void refusedHeader(byte[] file) {
    assertThatThrownBy(() -> ImageHeader.of(file))
        .isInstanceOfSatisfying(
            UnusableImage.class, it -> assertThat(it.problem()).isEqualTo(ImageProblem.TOO_LARGE));
  }

  /** A square JPEG of grey. */
  private static byte[] scans(int side, int count) {
    ByteBuffer file = ByteBuffer.allocate(17 + 13 * count);
    file.put(new byte[] {-1, (byte) 0xD8, -1, (byte) 0xC2, 0, 11, 8});
    file.putShort((short) side).putShort((short) side).put(new byte[] {1, 1, 0x11, 0});
    for (int i = 0; i < count; i++) {
      file.put(new byte[] {-1, (byte) 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3});
    }
    return file.put(new byte[] {-1, (byte) 0xD9}).array();
  }

  private static byte[] lossyFrame() throws IOException {
    byte[] file = file("lossy.webp");
    assertThat(new String(file, 12, 4, StandardCharsets.US_ASCII)).isEqualTo("VP8 ");
    return Arrays.copyOfRange(file, 12, file.length);
  }

  private static byte[] place(int left, int top, int width, int height) {
    byte[] place = new byte[16];
    place[0] = (byte) (left / 2);
    place[3] = (byte) (top / 2);
    place[6] = (byte) (width - 1);
    place[9] = (byte) (height - 1);
    return place;
  }

  private static byte[] extended(int width, int height, byte[]... chunks) {
    byte[] canvas = {0, 0, 0, 0, (byte) (width - 1), 0, 0, (byte) (height - 1), 0, 0};
    return riff(chunk("VP8X", canvas), joined(chunks));
  }

  private static byte[] riff(byte[]... chunks) {
    return chunk("RIFF", joined("WEBP".getBytes(StandardCharsets.US_ASCII), joined(chunks)));
  }

  private static byte[] chunk(String type, byte[] content) {
    return ByteBuffer.allocate(8 + content.length + (content.length & 1))
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(content.length)
        .put(content)
        .array();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static void refused(byte[] file, ImageProblem problem) {
    assertThatThrownBy(() -> DECODER.decode(file))
        .isInstanceOfSatisfying(
            UnusableImage.class, told -> assertThat(told.problem()).isEqualTo(problem));
  }

  private static byte[] written(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }
}
