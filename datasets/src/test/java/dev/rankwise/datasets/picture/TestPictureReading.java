package dev.rankwise.datasets.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.image.ImageLimits;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.source.RejectionReason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;

final class TestPictureReading {
  private static final int SIDE = 8;
  private static final int BASELINE = ImageWriteParam.MODE_DISABLED;
  private static final int PROGRESSIVE = ImageWriteParam.MODE_DEFAULT;

  private static PicturePreparation preparation(int side) {
    List<Double> halves = Collections.nCopies(3, 0.5);
    return new PicturePreparation(
        side, Squaring.PADDED, Filter.BILINEAR, halves, halves, ImageLimits.usual());
  }

  private static PictureReading reading(int side) {
    return new PictureReading(new PictureForm(preparation(side), 4, -1), PictureFolder.NONE);
  }

  /** Each is within its limits, and none could be decoded: they are judged before that. */
  @Test
  void picturesOfARowAreBoundedTogetherBeforeOneIsDecoded() {
    byte[] large = png(5_000, 5_000);
    int most = (int) (ImageLimits.MOST_SCANNED / 25_000_000);

    refused(Collections.nCopies(most + 1, large), RejectionReason.PICTURE_TOO_LARGE);
    refused(Collections.nCopies(most, large), RejectionReason.PICTURE_DAMAGED);
    refused(List.of(large), RejectionReason.PICTURE_DAMAGED);
  }

  /** The sum of what they claim is more than a number of 64 bits holds. */
  @Test
  void claimsThatNoNumberHoldsAreBoundedToo() {
    byte[] vast = png(Integer.MAX_VALUE, Integer.MAX_VALUE);
    refused(List.of(png(8, 8), vast, vast, vast), RejectionReason.PICTURE_TOO_LARGE);
  }

  /** Resized along its rows, a line from top to bottom is as wide as the base reads. */
  @Test
  void linesFromTopToBottomCountAsWhatTheyBecome() {
    byte[] line = png(1, 65_535);
    assertThat(preparation(448).scanned(line)).isEqualTo(448 * 65_535);
    assertThat(preparation(448).scanned(png(65_535, 1))).isEqualTo(65_535);
    List<byte[]> lines = Collections.nCopies(19, line);
    assertThatThrownBy(() -> reading(448).colours(lines))
        .isInstanceOfSatisfying(
            UnusableRow.class,
            row -> assertThat(row.reason()).isEqualTo(RejectionReason.PICTURE_TOO_LARGE));
  }

  @Test
  void whatIsNoPictureIsToldAsThat() {
    byte[] large = png(5_000, 5_000);
    refused(List.of(new byte[] {1, 2}, large), RejectionReason.PICTURE_OF_UNKNOWN_FORMAT);
  }

  @Test
  void smallPicturesAreRead() throws IOException {
    List<byte[]> colours = reading(SIDE).colours(List.of(jpeg(BASELINE), jpeg(PROGRESSIVE)));
    assertThat(colours).hasSize(2).allMatch(it -> it.length == 3 * SIDE * SIDE);
  }

  /** Those of a progressive JPEG come in several scans, over all of which a decoder passes. */
  @Test
  void aPixelCountsForEachScan() throws IOException {
    assertThat(preparation(SIDE).scanned(jpeg(BASELINE))).isEqualTo(600);
    byte[] progressive = jpeg(PROGRESSIVE);
    long scans = 0;
    for (int i = 1; i < progressive.length; i++) {
      scans += progressive[i - 1] == (byte) 0xFF && progressive[i] == (byte) 0xDA ? 1 : 0;
    }
    assertThat(scans).isGreaterThan(1);
    assertThat(preparation(SIDE).scanned(progressive)).isEqualTo(600 * scans);
    assertThat(preparation(SIDE).scanned(png(30, 20))).isEqualTo(600);
    assertThat(preparation(SIDE).scanned(new byte[] {1, 2})).isZero();
  }

  private void refused(List<byte[]> files, RejectionReason reason) {
    assertThatThrownBy(() -> reading(SIDE).colours(files))
        .isInstanceOfSatisfying(
            UnusableRow.class, row -> assertThat(row.reason()).isEqualTo(reason));
  }

  private static byte[] jpeg(int mode) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setProgressiveMode(mode);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(file)) {
      writer.setOutput(out);
      BufferedImage image = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return file.toByteArray();
  }

  /** A file that is sound outside, whose pixels are no deflated stream. */
  private static byte[] png(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(8 + 3 * 12 + 13 + 4);
    file.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(file, "IHDR", header.put(new byte[] {8, 0, 0, 0, 0}).array());
    chunk(file, "IDAT", new byte[] {1, 2, 3, 4});
    chunk(file, "IEND", new byte[0]);
    return file.array();
  }

  private static void chunk(ByteBuffer file, String type, byte[] content) {
    CRC32 sum = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    sum.update(name);
    sum.update(content);
    file.putInt(content.length).put(name).put(content).putInt((int) sum.getValue());
  }
}
