package dev.rankwise.jobs.generate;

import dev.rankwise.adapters.peft.VisionFiles;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.jobs.stored.PictureFiles;
import dev.rankwise.models.vision.Picture;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a decoder sees the pictures of prompts by its adapter.
 *
 * @param preparation how a file becomes numbers
 * @param marks where pictures stand in a text
 */
record Sight(PicturePreparation preparation, PictureMarks marks) {

  /**
   * As the adapter in a folder says it; empty where it reads text alone.
   *
   * @param shape how pictures that are not square become so
   */
  static Optional<Sight> of(Path adapter, Squaring shape) {
    return VisionFiles.read(adapter)
        .map(
            vision ->
                new Sight(
                    ProcessorConfig.read(adapter, vision.images()).with(shape),
                    new PictureMarks(vision.images().patches(), vision.placeholder())));
  }

  List<Picture> read(List<Path> files) {
    return new PictureFiles(files, preparation.shape()).read(preparation);
  }
}
