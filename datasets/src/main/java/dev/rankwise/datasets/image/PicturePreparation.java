package dev.rankwise.datasets.image;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.vision.Picture;
import java.io.Serializable;
import java.util.List;

/**
 * How a picture file becomes the numbers that a base reads: decoded, made square, resized,
 * normalised, in this order.
 *
 * <pre>
 *   bytes ─ decode ─ red, green, blue 0 … 255 ─ square ─ side × side ─ (v/255 − mean) / deviation
 * </pre>
 *
 * @param side height and width of what the base reads
 * @param shape how a picture that is not square becomes so
 * @param filter how it is resized
 * @param mean of each channel, subtracted
 * @param deviation of each channel, divided by; above 0
 * @param limits how large a file may be
 */
public record PicturePreparation(
    int side,
    Squaring shape,
    Filter filter,
    List<Double> mean,
    List<Double> deviation,
    ImageLimits limits)
    implements Serializable {
  private static final float MOST = 255;

  /** How a picture that is not square becomes so. */
  public enum Squaring {
    /** It is put in the middle of a black square: nothing is bent, nothing lost. */
    PADDED,
    /** It is stretched, as Hugging Face's ViT processor does. */
    STRETCHED
  }

  /** How a picture is resized. */
  public enum Filter {
    /** By a triangle. */
    BILINEAR,
    /** By a cubic. */
    BICUBIC
  }

  public PicturePreparation {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    boolean threes = mean.size() == RasterImage.CHANNELS && deviation.size() == mean.size();
    boolean fine =
        mean.stream().allMatch(Double::isFinite)
            && deviation.stream().allMatch(value -> Double.isFinite(value) && value > 0);
    if (side < 1 || !threes || !fine) {
      throw new UserInputException(
          ("Invalid preparation of pictures: side %s, means %s, deviations %s (a side is at least 1;"
                  + " of red, green and blue each has a mean and a deviation above 0)")
              .formatted(side, mean, deviation));
    }
  }

  /** The same for pictures that become square in another way. */
  public PicturePreparation with(Squaring newShape) {
    return new PicturePreparation(side, newShape, filter, mean, deviation, limits);
  }

  /**
   * Most pixels from left to right, and from top to bottom: resized along rows alone, a line from
   * top to bottom is as wide as the base reads, and counts as a picture then too.
   */
  public int longestSide() {
    return Math.min(ImageLimits.MOST_SIDE, limits.pixels() / side);
  }

  /** How colours become numbers, in words: what prepared data do not depend on. */
  public String normalisation() {
    return "mean %s, deviation %s".formatted(mean, deviation);
  }

  /**
   * Pixels that are passed over until a file is a square, each as often as it is, as the file's
   * outside says: those that its decoder passes over, or, if they are more, those of the picture
   * that is resized along its rows alone. 0 if the outside is not a picture's.
   */
  public long scanned(byte[] file) {
    try {
      ImageHeader header = ImageHeader.of(file);
      return Math.max(header.scanned(), (long) side * header.height());
    } catch (UnusableImage unusable) {
      return 0;
    }
  }

  /**
   * The picture in a file.
   *
   * @throws UnusableImage if there is none
   */
  public Picture picture(byte[] file) {
    return normalised(colours(file));
  }

  /**
   * The picture in a file, square and of the size that the base reads: all but the last step.
   *
   * @return red, green and blue of each pixel from 0 to 255, (side, side, 3) row-major
   * @throws UnusableImage if there is none
   */
  public byte[] colours(byte[] file) {
    RasterImage image = new ImageDecoder(limits).decode(file);
    int longer = Math.max(image.width(), image.height());
    if (longer > longestSide()) {
      throw new UnusableImage(ImageProblem.TOO_LARGE);
    }
    ImageResampling resampling =
        switch (filter) {
          case BILINEAR -> ImageResampling.BILINEAR;
          case BICUBIC -> ImageResampling.BICUBIC;
        };
    RasterImage square =
        switch (shape) {
          case PADDED -> resampling.resized(image, longer, longer, side, side);
          case STRETCHED -> resampling.resized(image, side, side);
        };
    return square.colours();
  }

  /**
   * The last step: from pixel by pixel to channel by channel, and normalised.
   *
   * @param colours those of {@link #colours}
   */
  public Picture normalised(byte[] colours) {
    int plane = side * side;
    if (colours.length != RasterImage.CHANNELS * plane) {
      throw new InternalException(
          "A picture of side %s has %s bytes (must have %s)"
              .formatted(side, colours.length, RasterImage.CHANNELS * plane));
    }
    float[] pixels = new float[RasterImage.CHANNELS * plane];
    for (int channel = 0; channel < RasterImage.CHANNELS; channel++) {
      float offset = mean.get(channel).floatValue();
      float scale = deviation.get(channel).floatValue();
      for (int i = 0; i < plane; i++) {
        int colour = colours[i * RasterImage.CHANNELS + channel] & 0xFF;
        pixels[channel * plane + i] = (colour / MOST - offset) / scale;
      }
    }
    return new Picture(RasterImage.CHANNELS, side, side, pixels);
  }
}
