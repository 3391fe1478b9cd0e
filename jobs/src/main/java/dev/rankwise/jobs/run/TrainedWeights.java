package dev.rankwise.jobs.run;

import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file with what was trained.
 *
 * @param kind name of its folder: {@code adapter}, or {@code model} where all weights were trained
 * @param bytes its size
 * @param sha256 its hash
 */
record TrainedWeights(String kind, long bytes, String sha256) {

  /** The file as it is on its way into the run folder. */
  static TrainedWeights of(String kind, Path file) throws IOException {
    return new TrainedWeights(kind, Files.size(file), Sha256.ofFile(file));
  }

  /** Name of the hash in JSON files. */
  String hashKey() {
    return kind + "_sha256";
  }
}
