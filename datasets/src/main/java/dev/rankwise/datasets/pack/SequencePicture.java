package dev.rankwise.datasets.pack;

import dev.rankwise.models.failure.InternalException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * A picture in a sequence: its patches are tokens that follow each other.
 *
 * @param first the token that its first patch is, counted from the first token of what holds it
 * @param colours red, green and blue of each pixel from 0 to 255, (side, side, 3) row-major: square
 *     and of the size that the base reads, not yet normalised
 */
public record SequencePicture(int first, byte[] colours) implements Serializable {
  private static final int CHANNELS = 3;

  public SequencePicture {
    int side = side(colours.length);
    if (first < 0 || side < 1 || side * side * CHANNELS != colours.length) {
      throw new InternalException(
          "Invalid picture at token %s: %s bytes (the token must not be negative, the bytes three for each pixel of a square)"
              .formatted(first, colours.length));
    }
    colours = colours.clone();
  }

  /** The pictures as a list, which must name ascending tokens of {@code tokens}. */
  static List<SequencePicture> inOrder(List<SequencePicture> pictures, int tokens) {
    int next = 0;
    for (SequencePicture picture : pictures) {
      if (picture.first < next || picture.first >= tokens) {
        throw new InternalException(
            "Invalid picture at token %s of %s (must come after the one before)"
                .formatted(picture.first, tokens));
      }
      next = picture.first + 1;
    }
    return List.copyOf(pictures);
  }

  /** A copy of the colours. */
  @Override
  public byte[] colours() {
    return colours.clone();
  }

  /** Its height and width in pixels. */
  public int side() {
    return side(colours.length);
  }

  private static int side(int bytes) {
    int pixels = bytes / CHANNELS;
    return (int) Math.sqrt(pixels);
  }

  /** This picture {@code tokens} tokens later. */
  public SequencePicture later(int tokens) {
    return new SequencePicture(first + tokens, colours);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SequencePicture that
        && first == that.first
        && Arrays.equals(colours, that.colours);
  }

  @Override
  public int hashCode() {
    return 31 * first + Arrays.hashCode(colours);
  }

  @Override
  public String toString() {
    return "SequencePicture[first=%s, side=%s]".formatted(first, side());
  }
}
