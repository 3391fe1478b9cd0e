package dev.rankwise.jobs.vision;

import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.pipeline.executor.PictureForm;
import java.util.OptionalInt;

/**
 * How a model reads pictures.
 *
 * @param images their size and how they are cut
 * @param preparation how a file becomes numbers
 * @param placeholder the id that stands for a patch among a decoder's tokens; empty of a base that
 *     reads pictures alone
 */
public record PictureReading(
    ImageShape images, PicturePreparation preparation, OptionalInt placeholder) {

  /** The same as executors need it. */
  public PictureForm form() {
    return new PictureForm(images.patch(), preparation);
  }
}
