package dev.rankwise.models.source;

import java.nio.file.Path;

/**
 * A base on the local disk in Hugging Face form, with its files' hashes checked.
 *
 * @param directory holds {@code config.json}, {@code model.safetensors}, {@code tokenizer.json}
 * @param sha256 hash over the hashes of these three files, see {@link FileHashes}
 */
public record BaseDirectory(Path directory, String sha256) {

  /** The configuration. */
  public Path config() {
    return directory.resolve(FileHashes.CONFIG);
  }

  /** The weights. */
  public Path weights() {
    return directory.resolve(FileHashes.WEIGHTS);
  }

  /** The tokenizer. */
  public Path tokenizer() {
    return directory.resolve(FileHashes.TOKENIZER);
  }
}
