package dev.rankwise.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.vision.Picture;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Picture files, whole and hostile. */
final class TestPicturePreparation {
  private static final ImageDecoder DECODER = new ImageDecoder(ImageLimits.usual());

  private static byte[] file(String name) throws IOException {
    try (InputStream in = TestPicturePreparation.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void resizesAsPillowDoes() throws IOException {
    RasterImage image = DECODER.decode(file("small.png"));
    JsonNode golden = new ObjectMapper().readTree(file("resampled.json"));
    assertThat(golden.get("cases")).hasSize(8);
    for (JsonNode one : golden.get("cases")) {
      ImageResampling filter =
          ImageResampling.valueOf(one.get("filter").textValue().toUpperCase(Locale.ROOT));
      RasterImage resized =
          filter.resized(image, one.get("width").intValue(), one.get("height").intValue());
      assertThat(resized.colours())
          .as("%s to %s x %s", filter, resized.width(), resized.height())
          .isEqualTo(HexFormat.of().parseHex(one.get("hex").textValue()));
    }
  }

  @Test
  void webpWithoutLossIsThePictureItself() throws IOException {
    RasterImage png = DECODER.decode(file("small.png"));
    RasterImage webp = DECODER.decode(file("small.webp"));

    assertThat(webp.width()).isEqualTo(11);
    assertThat(webp.height()).isEqualTo(7);
    assertThat(webp.colours()).isEqualTo(png.colours());
  }

  /** A decoder makes room for what the frame says, so a small canvas must not hide a large one. */
  @ParameterizedTest
  @ValueSource(strings = {"VP8 ", "VP8L", "ANMF VP8 ", "ANMF VP8L", "ANMF beside", "no frame"})
  void aFrameOfAnotherSizeThanItsPlaceIsDamage(String kind) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    if (kind.startsWith("ANMF")) {
      int left = kind.endsWith("beside") ? 31 : 0;
      int side = kind.endsWith("beside") ? 63 : 16_382;
      frame.writeBytes(
          chunk("ANMF", animated(left, 63, kind.contains("VP8 ") ? "VP8 " : "VP8L", side)));
    } else if (kind.startsWith("VP8")) {
      frame.writeBytes(chunk(kind, pixels(kind, 16_382)));
    }
    byte[] canvas = {0, 0, 0, 0, 63, 0, 0, 63, 0, 0};

    byte[] file = riff(chunk("VP8X", canvas), frame.toByteArray(), chunk("EXIF", new byte[40]));
    assertThatThrownBy(() -> ImageHeader.of(file))
        .isInstanceOfSatisfying(
            UnusableImage.class, it -> assertThat(it.problem()).isEqualTo(ImageProblem.DAMAGED));
  }

  /** What is cut anywhere has a reason, and none is an error of ours. */
  @Test
  void everyBeginningOfAFileHasAReason() throws IOException {
    byte[] canvas = {0, 0, 0, 0, 63, 0, 0, 63, 0, 0};
    byte[] moving =
        riff(chunk("VP8X", canvas), chunk("ANMF", animated(0, 63, "VP8L", 63)), new byte[3]);
    for (byte[] file :
        List.of(moving, file("small.webp"), file("lossy.webp"), file("clear.webp"), jpeg(64))) {
      for (int length = 12; length < file.length; length++) {
        byte[] cut = Arrays.copyOf(file, length);
        if (cut[0] == 'R') {
          // The container says that it is whole.
          ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putInt(4, length - 8);
        }
        try {
          assertThat(ImageHeader.of(cut).pixels()).isPositive();
        } catch (UnusableImage reason) {
          assertThat(reason.problem()).isNotNull();
        }
      }
    }
    assertThatThrownBy(() -> ImageHeader.of(moving))
        .as("bytes behind the last chunk, which a reader takes for a chunk's beginning")
        .isInstanceOf(UnusableImage.class);
  }

  /** Decoders make room for the first frame of a JPEG file, whatever a second one says. */
  @Test
  void aSecondFrameOfAJpegIsDamage() throws IOException {
    assertThat(ImageHeader.of(jpeg(64)).width()).isEqualTo(64);
    assertThatThrownBy(() -> ImageHeader.of(jpeg(26_700, 64)))
        .isInstanceOfSatisfying(
            UnusableImage.class, it -> assertThat(it.problem()).isEqualTo(ImageProblem.DAMAGED));
  }

  /** Start, a frame and a scan for each side, end. */
  private static byte[] jpeg(int... sides) {
    ByteBuffer file = ByteBuffer.allocate(4 + 40 * sides.length).put(new byte[] {-1, (byte) 0xD8});
    for (int side : sides) {
      file.put(new byte[] {-1, (byte) 0xC0, 0, 11, 8})
          .putShort((short) side)
          .putShort((short) side);
      file.put(new byte[] {1, 1, 0x11, 0});
      file.put(new byte[] {-1, (byte) 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3});
    }
    return Arrays.copyOf(file.put(new byte[] {-1, (byte) 0xD9}).array(), file.position());
  }

  /** Its transparency ends early; the reader would take zeros for it, one exception each. */
  @Test
  void whatIsReadBehindItsEndIsDamage() {
    String text =
        "UklGRgABAABXRUJQVlA4WAoAAAAQAAAAPwAAPwAAQUxQSAgAAAABJYgIAAAAAFZQOCDSAAAAEAAAnQEq"
            + "QABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
    byte[] file = Base64.getDecoder().decode(text);

    UnusableImage reason =
        assertTimeoutPreemptively(
            Duration.ofMinutes(1),
            () -> catchThrowableOfType(UnusableImage.class, () -> DECODER.decode(file)));
    assertThat(reason.problem()).isEqualTo(ImageProblem.DAMAGED);
  }

  @Test
  void aFrameOfItsPlaceIsTheCanvas() {
    byte[] canvas = {0, 0, 0, 0, 63, 0, 0, 63, 0, 0};
    for (String kind : List.of("VP8 ", "VP8L")) {
      byte[] still = riff(chunk("VP8X", canvas), chunk(kind, pixels(kind, 63)), new byte[0]);
      byte[] moving =
          riff(chunk("VP8X", canvas), chunk("ANMF", animated(0, 63, kind, 63)), new byte[0]);
      for (byte[] file : List.of(still, moving)) {
        assertThat(ImageHeader.of(file).width()).isEqualTo(64);
        assertThat(ImageHeader.of(file).pixels()).isEqualTo(64 * 64);
      }
    }
  }

  /** A place of a frame, one less than its sides said, and the frame. */
  private static byte[] animated(int left, int place, String kind, int frame) {
    byte[] where = {(byte) left, 0, 0, 0, 0, 0, (byte) place, 0, 0, (byte) place, 0, 0, 0, 0, 0, 0};
    byte[] inner = chunk(kind, pixels(kind, frame));
    return ByteBuffer.allocate(where.length + inner.length).put(where).put(inner).array();
  }

  /** Where pixels begin, square, one less than the side said. */
  private static byte[] pixels(String kind, int side) {
    ByteBuffer bytes = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    return kind.equals("VP8L")
        ? bytes.put((byte) 0x2F).putInt(side | side << 14).array()
        : bytes.putShort(6, (short) (side + 1)).putShort(8, (short) (side + 1)).array();
  }

  private static byte[] chunk(String type, byte[] content) {
    return ByteBuffer.allocate(8 + content.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(content.length)
        .put(content)
        .array();
  }

  private static byte[] riff(byte[]... chunks) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
    for (byte[] chunk : chunks) {
      all.writeBytes(chunk);
    }
    return chunk("RIFF", all.toByteArray());
  }

  @Test
  void webpWithLossIsDecoded() throws IOException {
    RasterImage webp = DECODER.decode(file("lossy.webp"));

    assertThat(webp.width()).isEqualTo(64);
    assertThat(webp.height()).isEqualTo(48);
  }

  /** Each colour c under alpha a becomes (c·a + 255·(255 − a))/255. */
  @Test
  void transparentPixelsAreLaidOverWhite() throws IOException {
    RasterImage plain = DECODER.decode(file("small.png"));
    for (String name : List.of("clear.png", "clear.webp")) {
      RasterImage clear = DECODER.decode(file(name));
      for (int i = 0; i < plain.colours().length; i++) {
        // The picture's own first numbers are its alpha.
        int alpha = plain.colours()[i / 3] & 0xFF;
        double expected = ((plain.colours()[i] & 0xFF) * alpha + 255.0 * (255 - alpha)) / 255;
        assertThat((double) (clear.colours()[i] & 0xFF))
            .as("%s at %s", name, i)
            .isCloseTo(expected, within(0.51));
      }
    }
  }

  @Test
  void greyIsTakenAsItIsStored() throws IOException {
    BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(0, 0, 0, 100);
    grey.getRaster().setSample(1, 0, 0, 7);
    BufferedImage deep = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(0, 0, 0, 0xAB12);
    BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
    bits.setRGB(1, 0, 0xFFFFFF);

    assertThat(DECODER.decode(written(grey, "png")).colours())
        .isEqualTo(new byte[] {100, 100, 100, 7, 7, 7});
    byte upper = (byte) 0xAB;
    assertThat(DECODER.decode(written(deep, "png")).colours())
        .isEqualTo(new byte[] {upper, upper, upper});
    assertThat(DECODER.decode(written(bits, "png")).colours())
        .isEqualTo(new byte[] {0, 0, 0, -1, -1, -1});
    assertThat(DECODER.decode(written(grey, "jpeg")).colours()[0] & 0xFF).isBetween(90, 110);
  }

  @Test
  void picturesAreNormalisedChannelByChannel() throws IOException {
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(1, 0, 0xFF8000);

    Picture picture =
        preparation(2, Squaring.STRETCHED, List.of(0.5, 0.25, 0.0)).picture(written(image, "png"));

    assertThat(picture.pixels())
        .containsExactly(
            -1, 1, -1, -1, -0.5f, (128 / 255f - 0.25f) / 0.5f, -0.5f, -0.5f, 0, 0, 0, 0);
  }

  @Test
  void wideOnesArePaddedOrStretched() throws IOException {
    BufferedImage white = new BufferedImage(8, 4, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32; i++) {
      white.setRGB(i % 8, i / 8, 0xFFFFFF);
    }
    List<Double> none = List.of(0.0, 0.0, 0.0);

    Picture padded = preparation(4, Squaring.PADDED, none).picture(written(white, "png"));
    Picture stretched = preparation(4, Squaring.STRETCHED, none).picture(written(white, "png"));

    assertThat(padded.pixels()[5]).isGreaterThan(1);
    assertThat(padded.pixels()[0]).isLessThan(padded.pixels()[5]);
    assertThat(stretched.pixels()).containsOnly(2);
  }

  @Test
  void photographsAreDecoded() throws IOException {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 128; i++) {
      image.setRGB(i % 16, i / 16, 0x3060C0);
    }
    RasterImage found = DECODER.decode(written(image, "jpeg"));

    assertThat(found.width()).isEqualTo(16);
    assertThat(found.colours()[0] & 0xFF).isBetween(0x28, 0x38);
    assertThat(found.colours()[2] & 0xFF).isBetween(0xB8, 0xC8);
  }

  @Test
  void filesOfOtherKindsAreTold() throws IOException {
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    refused(written(image, "gif"), ImageProblem.UNKNOWN_FORMAT);
    refused(written(image, "bmp"), ImageProblem.UNKNOWN_FORMAT);
    refused("<svg/>".getBytes(StandardCharsets.UTF_8), ImageProblem.UNKNOWN_FORMAT);
    refused(new byte[0], ImageProblem.UNKNOWN_FORMAT);
  }

  @Test
  void filesThatAreCutShortAreTold() throws IOException {
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB);
    for (byte[] whole :
        List.of(written(image, "png"), written(image, "jpeg"), file("small.webp"))) {
      for (int length = 0; length < whole.length - 1; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> DECODER.decode(part)).isInstanceOf(UnusableImage.class);
      }
      refused(Arrays.copyOf(whole, whole.length * 3 / 4), ImageProblem.TRUNCATED);
    }
  }

  /** Whatever a byte becomes, the answer is a picture or a problem with a name. */
  @Test
  void filesWithWrongBytesAreAPictureOrTold() throws IOException {
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(5);
    for (byte[] whole :
        List.of(written(image, "png"), written(image, "jpeg"), file("small.webp"))) {
      for (int i = 0; i < 150; i++) {
        byte[] spoilt = whole.clone();
        spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
        try {
          assertThat(new ImageDecoder(new ImageLimits(1 << 20, 1 << 16)).decode(spoilt))
              .isNotNull();
        } catch (UnusableImage told) {
          assertThat(told.problem()).isNotNull();
        }
      }
    }
  }

  @Test
  void aPictureThatClaimsToBeVastIsNotDecoded() throws IOException {
    byte[] png = written(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), "png");

    assertThatThrownBy(() -> new ImageDecoder(new ImageLimits(1 << 20, 80)).decode(png))
        .isInstanceOfSatisfying(
            UnusableImage.class,
            told -> assertThat(told.problem()).isEqualTo(ImageProblem.TOO_LARGE));
    assertThatThrownBy(() -> new ImageDecoder(new ImageLimits(50, 100)).decode(png))
        .isInstanceOfSatisfying(
            UnusableImage.class,
            told -> assertThat(told.problem()).isEqualTo(ImageProblem.TOO_LARGE));
    byte[] jpeg = written(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), "jpeg");
    int frame = frame(jpeg);
    Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0xFF);
    refused(jpeg, ImageProblem.TOO_LARGE);
  }

  /** A line of pixels is small, and what it becomes on the way to a square is not. */
  @ParameterizedTest
  @EnumSource(Squaring.class)
  void aLineThatWouldBecomeVastIsNotUsed(Squaring shape) throws IOException {
    ImageLimits usual = ImageLimits.usual();

    tooLarge(preparation(8, shape, usual), 1, 65_536);
    tooLarge(preparation(8, shape, usual), 65_536, 1);
    tooLarge(preparation(600, shape, usual), 1, 65_000);
    tooLarge(preparation(600, shape, usual), 65_000, 1);
    assertThat(preparation(8, shape, usual).colours(black(1, 65_535))).hasSize(3 * 8 * 8);
  }

  /** A photograph counts with its own pixels, not with those of the square around it. */
  @ParameterizedTest
  @EnumSource(Squaring.class)
  void aPictureThatIsAllowedIsUsedThoughTheSquareAroundItIsLarger(Squaring shape)
      throws IOException {
    ImageLimits limits = new ImageLimits(1 << 20, 60 * 40);

    assertThat(preparation(8, shape, limits).colours(black(60, 40))).hasSize(3 * 8 * 8);
    assertThat(preparation(8, shape, limits).colours(black(40, 60))).hasSize(3 * 8 * 8);
  }

  private static void tooLarge(PicturePreparation preparation, int width, int height)
      throws IOException {
    byte[] png = black(width, height);
    assertThatThrownBy(() -> preparation.colours(png))
        .isInstanceOfSatisfying(
            UnusableImage.class,
            told -> assertThat(told.problem()).isEqualTo(ImageProblem.TOO_LARGE));
  }

  private static byte[] black(int width, int height) throws IOException {
    return written(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png");
  }

  private static PicturePreparation preparation(int side, Squaring shape, ImageLimits limits) {
    List<Double> halves = List.of(0.5, 0.5, 0.5);
    return new PicturePreparation(side, shape, Filter.BILINEAR, halves, halves, limits);
  }

  /** The JDK reads them, in other colours than other readers. */
  @Test
  void fourInksAreNotRead() throws IOException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(written)) {
      writer.setOutput(out);
      WritableRaster inks = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
      writer.write(null, new IIOImage(inks, null, null), null);
    } finally {
      writer.dispose();
    }
    byte[] file = written.toByteArray();
    assertThat(file[frame(file) + 9]).as("channels").isEqualTo((byte) 4);

    refused(file, ImageProblem.UNSUPPORTED_KIND);
  }

  @Test
  void coloursThatAreDeeperKeepTheirUpperEightBits() throws IOException {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_USHORT);
    WritableRaster deep = model.createCompatibleWritableRaster(1, 1);
    // Of 0x01FF the nearest of 255 shades would be 2.
    deep.setPixel(0, 0, new int[] {0x01FF, 0x80FF, 0xFE00, 0xFFFF});

    RasterImage found = DECODER.decode(written(new BufferedImage(model, deep, false, null), "png"));

    assertThat(found.colours()).containsExactly((byte) 0x01, (byte) 0x80, (byte) 0xFE);
  }

  private static int frame(byte[] jpeg) {
    for (int i = 0; i < jpeg.length; i++) {
      if ((jpeg[i] & 0xFF) == 0xFF && (jpeg[i + 1] & 0xFF) == 0xC0) {
        return i;
      }
    }
    throw new IllegalStateException("no frame");
  }

  @Test
  void preparationsThatMeanNothingAreRefused() {
    List<Double> halves = List.of(0.5, 0.5, 0.5);
    assertThatThrownBy(() -> preparation(0, Squaring.PADDED, halves))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("side 0");
    assertThatThrownBy(() -> preparation(4, Squaring.PADDED, List.of(0.5)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("means [0.5]");
    assertThatThrownBy(
            () ->
                new PicturePreparation(
                    4,
                    Squaring.PADDED,
                    Filter.BICUBIC,
                    halves,
                    List.of(0.5, 0.0, 0.5),
                    ImageLimits.usual()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("deviations [0.5, 0.0, 0.5]");
    assertThatThrownBy(() -> new ImageLimits(0, 1))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("0 bytes");
  }

  private static PicturePreparation preparation(int side, Squaring shape, List<Double> mean) {
    return new PicturePreparation(
        side, shape, Filter.BILINEAR, mean, List.of(0.5, 0.5, 0.5), ImageLimits.usual());
  }

  private static void refused(byte[] file, ImageProblem problem) {
    assertThatThrownBy(() -> DECODER.decode(file))
        .isInstanceOfSatisfying(
            UnusableImage.class, told -> assertThat(told.problem()).isEqualTo(problem))
        .hasMessage(problem.description());
  }

  private static byte[] written(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }
}
