package dev.rankwise.pipeline.executor;

import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.models.vision.Picture;
import java.io.Serializable;

/**
 * A picture of an example: colours, which become the numbers that a model reads where it is read.
 *
 * @param first the token that its first patch is, counted from the example's first; the others
 *     follow
 * @param colours red, green and blue of each pixel, row by row, (side, side, 3)
 * @param form how they are read
 */
public record TokenPicture(int first, byte[] colours, PictureForm form) implements Serializable {

  /** The same picture where other tokens come before it. */
  TokenPicture after(int tokens) {
    return new TokenPicture(first + tokens, colours, form);
  }

  /** Its numbers. */
  public Picture picture() {
    return form.preparation().normalised(colours);
  }
}
