package dev.rankwise.jobs.vision;

import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.jobs.conf.SequenceSection.PictureRows;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model reads pictures.
 *
 * @param images their size and how they are cut
 * @param preparation how a file becomes numbers
 * @param placeholder the id that stands for a patch among a decoder's tokens; empty of a base that
 *     reads pictures alone
 */
public record PictureInput(
    ImageShape images, PicturePreparation preparation, OptionalInt placeholder) {

  /**
   * As a model reads them; empty where it reads texts alone.
   *
   * @param config its configuration, with what an adapter adds
   * @param folder where {@code preprocessor_config.json} lies, if anywhere: the base's, or that of
   *     the adapter by which a decoder sees
   */
  public static Optional<PictureInput> of(ModelConfig config, Path folder) {
    return config
        .vision()
        .map(vision -> of(vision.images(), folder, OptionalInt.of(vision.placeholder())))
        .or(() -> config.images().map(images -> of(images, folder, OptionalInt.empty())));
  }

  private static PictureInput of(ImageShape images, Path folder, OptionalInt placeholder) {
    return new PictureInput(images, ProcessorConfig.read(folder, images), placeholder);
  }

  /** How colours become numbers, in words: what prepared data do not depend on. */
  public String normalisation() {
    return "mean %s, deviation %s".formatted(preparation.mean(), preparation.deviation());
  }

  /** How the pictures of rows become tokens, made square as a recipe says. */
  public PictureForm form(PictureRows rows) {
    return rows.form(preparation, images, placeholder);
  }

  /** The same as executors need it. */
  public PictureForm form() {
    return new PictureForm(preparation, images.patch(), placeholder.orElse(0));
  }
}
