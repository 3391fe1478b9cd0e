package dev.rankwise.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures of other sizes. */
final class TestImageResampling {

  private static RasterImage random(int width, int height) {
    RasterImage image = RasterImage.of(width, height, 0);
    new SplittableRandom(width * 1000L + height).nextBytes(image.colours());
    return image;
  }

  @ParameterizedTest
  @EnumSource(ImageResampling.class)
  void theSameSizeIsTheSamePicture(ImageResampling filter) {
    RasterImage image = random(7, 5);

    assertThat(filter.resized(image, 7, 5)).isSameAs(image);
  }

  @ParameterizedTest
  @EnumSource(ImageResampling.class)
  void oneShadeStaysOneShade(ImageResampling filter) {
    for (int shade : new int[] {0, 1, 127, 255}) {
      RasterImage resized = filter.resized(RasterImage.of(13, 9, shade), 4, 21);
      assertThat(resized.width()).isEqualTo(4);
      assertThat(resized.height()).isEqualTo(21);
      assertThat(resized.colours()).containsOnly(shade);
    }
  }

  /** Against the formula in double, rounded once an axis: whole numbers may differ by one shade. */
  @ParameterizedTest
  @EnumSource(ImageResampling.class)
  void itIsTheWeightedMeanUnderTheFilter(ImageResampling filter) {
    int[][] sizes = {{10, 4}, {4, 10}, {9, 9}, {17, 3}, {1, 6}};
    for (int[] size : sizes) {
      RasterImage image = random(size[0], 3);
      RasterImage resized = filter.resized(image, size[1], 3);
      for (int row = 0; row < 3; row++) {
        for (int column = 0; column < size[1]; column++) {
          for (int channel = 0; channel < 3; channel++) {
            int found = resized.colours()[(row * size[1] + column) * 3 + channel] & 0xFF;
            double expected = expected(filter, image, size[1], row, column, channel);
            assertThat(Math.abs(found - expected)).isLessThanOrEqualTo(0.51);
          }
        }
      }
    }
  }

  private static double expected(
      ImageResampling filter, RasterImage image, int width, int row, int column, int channel) {
    double scale = (double) image.width() / width;
    double widened = Math.max(1, scale);
    double reach = (filter == ImageResampling.BILINEAR ? 1 : 2) * widened;
    double centre = (column + 0.5) * scale;
    double sum = 0;
    double total = 0;
    for (int j = 0; j < image.width(); j++) {
      double distance = j + 0.5 - centre;
      if (Math.abs(distance) < reach) {
        double weight = filter.weight(distance / widened);
        total += weight;
        sum += weight * (image.colours()[(row * image.width() + j) * 3 + channel] & 0xFF);
      }
    }
    return Math.max(0, Math.min(255, sum / total));
  }

  @Test
  void cubicsAreOneAtTheirCentreAndNothingAtOtherPixels() {
    assertThat(ImageResampling.BICUBIC.weight(0)).isEqualTo(1);
    for (double place : new double[] {-2, -1, 1, 2, 3}) {
      assertThat(ImageResampling.BICUBIC.weight(place)).isZero();
      assertThat(ImageResampling.BILINEAR.weight(place)).isZero();
    }
    assertThat(ImageResampling.BILINEAR.weight(-0.25)).isEqualTo(0.75);
  }

  /** A frame that is made, which is black and has the picture in its middle, gives the same. */
  @ParameterizedTest
  @EnumSource(ImageResampling.class)
  void aBlackFrameAroundAPictureIsNeverMade(ImageResampling filter) {
    int[][] sizes = {{5, 2}, {2, 5}, {1, 2}, {1, 40}, {30, 3}, {7, 7}, {12, 11}};
    for (int[] size : sizes) {
      RasterImage image = random(size[0], size[1]);
      int side = Math.max(size[0], size[1]);
      RasterImage framed = framed(image, side);
      for (int to : new int[] {1, 4, side, 9}) {
        assertThat(filter.resized(image, side, side, to, to).colours())
            .as("%s x %s to %s", size[0], size[1], to)
            .isEqualTo(filter.resized(framed, to, to).colours());
      }
    }
  }

  private static RasterImage framed(RasterImage image, int side) {
    RasterImage framed = RasterImage.of(side, side, 0);
    int left = (side - image.width()) / 2;
    int top = (side - image.height()) / 2;
    for (int row = 0; row < image.height(); row++) {
      int into = ((top + row) * side + left) * 3;
      int line = image.width() * 3;
      System.arraycopy(image.colours(), row * line, framed.colours(), into, line);
    }
    return framed;
  }
}
