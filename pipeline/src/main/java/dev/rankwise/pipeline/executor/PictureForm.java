package dev.rankwise.pipeline.executor;

import dev.rankwise.datasets.image.PicturePreparation;
import java.io.Serializable;

/**
 * How a model reads the pictures of examples.
 *
 * @param patch height and width of a patch in pixels
 * @param numbers how colours become numbers
 */
public record PictureForm(int patch, PicturePreparation numbers) implements Serializable {

  /** Patches of a picture. */
  public int patches() {
    int perSide = numbers.side() / patch;
    return perSide * perSide;
  }
}
