package dev.rankwise.models.source;

import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A base on the local disk in Hugging Face form, with its files' hashes checked.
 *
 * @param directory holds the files of {@link BaseFiles}; {@code tokenizer.json} only where texts
 *     are to be read
 * @param sha256 hash over the hashes of these files, see {@link FileHashes}
 */
public record BaseDirectory(Path directory, String sha256) {

  /** The configuration. */
  public Path config() {
    return directory.resolve(FileHashes.CONFIG);
  }

  /** The weights: a safetensors file, or the index of several. */
  public Path weights() {
    return BaseFiles.weights(directory).orElseGet(() -> directory.resolve(FileHashes.WEIGHTS));
  }

  /**
   * The tokenizer.
   *
   * @throws UserInputException if the base has none
   */
  public Path tokenizer() {
    Path file = directory.resolve(FileHashes.TOKENIZER);
    if (!Files.exists(file)) {
      throw new UserInputException(
          "Base folder %s has no file %s, so it cannot read texts; fetch the base again with it"
              .formatted(directory, FileHashes.TOKENIZER));
    }
    return file;
  }
}
