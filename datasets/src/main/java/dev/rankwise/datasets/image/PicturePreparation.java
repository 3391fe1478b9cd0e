package dev.rankwise.datasets.image;

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
   * The picture in a file.
   *
   * @throws UnusableImage if there is none
   */
  public Picture picture(byte[] file) {
    RasterImage image = new ImageDecoder(limits).decode(file);
    RasterImage square = shape == Squaring.PADDED ? image.padded(0) : image;
    ImageResampling resampling =
        switch (filter) {
          case BILINEAR -> ImageResampling.BILINEAR;
          case BICUBIC -> ImageResampling.BICUBIC;
        };
    return normalised(resampling.resized(square, side, side));
  }

  /** From pixel by pixel to channel by channel. */
  private Picture normalised(RasterImage image) {
    int plane = side * side;
    float[] pixels = new float[RasterImage.CHANNELS * plane];
    for (int channel = 0; channel < RasterImage.CHANNELS; channel++) {
      float offset = mean.get(channel).floatValue();
      float scale = deviation.get(channel).floatValue();
      for (int i = 0; i < plane; i++) {
        int colour = image.colours()[i * RasterImage.CHANNELS + channel] & 0xFF;
        pixels[channel * plane + i] = (colour / MOST - offset) / scale;
      }
    }
    return new Picture(RasterImage.CHANNELS, side, side, pixels);
  }
}
