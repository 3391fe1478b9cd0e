package dev.rankwise.datasets.image;

import java.util.Arrays;

/**
 * Resizes pictures as Pillow does, which Hugging Face's image processors use: each output is a
 * weighted mean of the inputs under a filter that is widened when the picture shrinks, first along
 * rows, then along columns, in whole numbers. So the result is the same everywhere, to the bit.
 *
 * <p>Along an axis from n to m pixels, with scale s = n/m and width w = max(s, 1) of the filter:
 * output i has its centre at {@code c = (i + ½)·s}; input j counts by {@code f((j − c + ½)/w)}, the
 * weights are scaled to sum to 1 and rounded to multiples of 2⁻²², and each mean is rounded to 0 …
 * 255.
 *
 * <p>Source: Pillow 10, {@code Resample.c}, 8 bits a channel. Where one side grows and the other
 * shrinks, later versions may go along columns first, which moves some numbers by one.
 */
enum ImageResampling {
  /** The triangle {@code 1 − |x|}. */
  BILINEAR(1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  /** Keys' cubic with a = −0.5. */
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double z = Math.abs(x);
      if (z < 1) {
        return ((A + 2) * z - (A + 3)) * z * z + 1;
      }
      return z < 2 ? (((z - 5) * z + 8) * z - 4) * A : 0;
    }
  };

  private static final double A = -0.5;
  private static final int BITS = 22;
  private static final int MOST = 255;
  private static final int[] NONE = {};

  private final double support;

  ImageResampling(double support) {
    this.support = support;
  }

  abstract double weight(double x);

  /** The picture's inputs that one output reads, and how much of each, in 2⁻²². */
  private record Stretch(int first, int[] weights) {}

  /** A picture of another size. */
  RasterImage resized(RasterImage image, int width, int height) {
    return resized(image, image.width(), image.height(), width, height);
  }

  /**
   * A black frame of another size with the picture in its middle, a pixel further left or up where
   * it cannot be quite there. Black adds nothing to a mean, so the frame itself is never made.
   *
   * @param frameWidth of the frame in pixels, at least the picture's
   * @param frameHeight likewise
   */
  RasterImage resized(RasterImage image, int frameWidth, int frameHeight, int width, int height) {
    boolean asWide = frameWidth == width && image.width() == width;
    boolean asHigh = frameHeight == height && image.height() == height;
    RasterImage wide = asWide ? image : alongRows(image, frameWidth, width);
    return asHigh ? wide : alongColumns(wide, frameHeight, height);
  }

  private RasterImage alongRows(RasterImage image, int frameWidth, int width) {
    Stretch[] stretches = stretches(frameWidth, image.width(), width);
    RasterImage resized = RasterImage.of(width, image.height(), 0);
    for (int row = 0; row < image.height(); row++) {
      for (int column = 0; column < width; column++) {
        int begin = (row * image.width() + stretches[column].first) * RasterImage.CHANNELS;
        int into = (row * width + column) * RasterImage.CHANNELS;
        mean(image, begin, RasterImage.CHANNELS, stretches[column], resized, into);
      }
    }
    return resized;
  }

  private RasterImage alongColumns(RasterImage image, int frameHeight, int height) {
    Stretch[] stretches = stretches(frameHeight, image.height(), height);
    RasterImage resized = RasterImage.of(image.width(), height, 0);
    int line = image.width() * RasterImage.CHANNELS;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < image.width(); column++) {
        int begin = stretches[row].first * line + column * RasterImage.CHANNELS;
        int into = row * line + column * RasterImage.CHANNELS;
        mean(image, begin, line, stretches[row], resized, into);
      }
    }
    return resized;
  }

  private static void mean(
      RasterImage image, int begin, int step, Stretch stretch, RasterImage into, int place) {
    for (int channel = 0; channel < RasterImage.CHANNELS; channel++) {
      long sum = 1L << (BITS - 1);
      for (int i = 0; i < stretch.weights.length; i++) {
        sum += (long) stretch.weights[i] * (image.colours()[begin + i * step + channel] & MOST);
      }
      into.colours()[place + channel] = (byte) Math.max(0, Math.min(MOST, sum >> BITS));
    }
  }

  private Stretch[] stretches(int from, int picture, int to) {
    int before = (from - picture) / 2;
    double scale = (double) from / to;
    double widened = Math.max(scale, 1);
    double reach = support * widened;
    Stretch[] stretches = new Stretch[to];
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * scale;
      int first = Math.max(0, (int) (centre - reach + 0.5));
      int end = Math.min(from, (int) (centre + reach + 0.5));
      double[] weights = new double[end - first];
      double total = 0;
      for (int j = 0; j < weights.length; j++) {
        weights[j] = weight((j + first - centre + 0.5) * (1 / widened));
        total += weights[j];
      }
      int[] whole = new int[weights.length];
      for (int j = 0; j < whole.length; j++) {
        double share = total == 0 ? 0 : weights[j] / total;
        whole[j] = (int) (share * (1 << BITS) + (share < 0 ? -0.5 : 0.5));
      }
      int begin = Math.max(first, before);
      int stop = Math.max(begin, Math.min(end, before + picture));
      int[] inside = begin < stop ? Arrays.copyOfRange(whole, begin - first, stop - first) : NONE;
      stretches[i] = new Stretch(begin < stop ? begin - before : 0, inside);
    }
    return stretches;
  }
}
