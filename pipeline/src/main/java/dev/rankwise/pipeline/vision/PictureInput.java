package dev.rankwise.pipeline.vision;

import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.picture.PictureForm;
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
    return preparation.normalisation();
  }

  /**
   * How the pictures of rows become tokens.
   *
   * @param squaring how one that is not square becomes so; empty for padded, or stretched of a base
   *     that reads pictures alone
   */
  public PictureForm form(Optional<Squaring> squaring) {
    Squaring usual = placeholder.isPresent() ? Squaring.PADDED : Squaring.STRETCHED;
    return new PictureForm(
        preparation.with(squaring.orElse(usual)), images.patch(), placeholder.orElse(0));
  }

  /** The same as executors need it. */
  public PictureForm form() {
    return new PictureForm(preparation, images.patch(), placeholder.orElse(0));
  }
}
