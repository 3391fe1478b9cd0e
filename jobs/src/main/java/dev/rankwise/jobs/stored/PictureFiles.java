package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.image.ImageLimits;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.image.UnusableImage;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.vision.Picture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Picture files as a base reads them: prepared as the base's own {@code preprocessor_config.json}
 * says.
 *
 * @param files PNG, JPEG or WebP files, at least one
 * @param shape how those that are not square become so
 */
public record PictureFiles(List<Path> files, Squaring shape) {

  public PictureFiles {
    files = List.copyOf(files);
  }

  /**
   * The pictures.
   *
   * @param folder the base's folder
   * @throws UserInputException if the base reads no pictures
   * @throws CorruptFileException if a file gives no picture
   */
  List<Picture> read(Path folder, ModelConfig base) {
    ImageShape images =
        base.images()
            .orElseThrow(
                () ->
                    new UserInputException(
                        ("Cannot read pictures with a base of model_type \"%s\": it reads tokens;"
                                + " name a base such as a ViT")
                            .formatted(base.modelType())));
    return read(ProcessorConfig.read(folder, images).with(shape));
  }

  /**
   * The pictures, prepared as is said.
   *
   * @throws CorruptFileException if a file gives no picture
   */
  public List<Picture> read(PicturePreparation preparation) {
    return files.stream().map(file -> picture(file, preparation)).toList();
  }

  private static Picture picture(Path file, PicturePreparation preparation) {
    ImageLimits limits = preparation.limits();
    try (InputStream in = Files.newInputStream(file)) {
      // One byte more than allowed says that there are too many.
      return preparation.picture(in.readNBytes(limits.bytes() + 1));
    } catch (UnusableImage e) {
      throw new CorruptFileException(
          ("Picture file %s cannot be used: %s; name a whole PNG, JPEG or WebP file of at most %s"
                  + " bytes and %s pixels, no side longer than %s")
              .formatted(
                  file,
                  e.problem().description(),
                  limits.bytes(),
                  limits.pixels(),
                  preparation.longestSide()),
          e);
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }
}
