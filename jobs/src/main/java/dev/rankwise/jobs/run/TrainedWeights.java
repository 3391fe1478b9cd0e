package dev.rankwise.jobs.run;

import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file with what was trained, in its place in the run folder.
 *
 * @param kind name of its folder: {@code adapter}, or {@code model} where all weights were trained
 * @param file its path
 * @param sha256 its hash
 */
record TrainedWeights(String kind, Path file, String sha256) {

  static TrainedWeights of(Path folder, String name) {
    Path file = folder.resolve(name);
    return new TrainedWeights(folder.getFileName().toString(), file, Sha256.ofFile(file));
  }

  /** Name of the hash in JSON files. */
  String hashKey() {
    return kind + "_sha256";
  }

  /** Size in bytes. */
  long bytes() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
