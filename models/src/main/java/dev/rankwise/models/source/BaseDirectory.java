package dev.rankwise.models.source;

import java.nio.file.Path;

/**
 * A base on this host in Hugging Face form.
 *
 * @param directory folder with {@code config.json}, {@code model.safetensors} and {@code
 *     tokenizer.json}
 * @param sha256 hash over the hashes of these files: the base's identity
 */
public record BaseDirectory(Path directory, String sha256) {

  /** The architecture's numbers. */
  public Path config() {
    return directory.resolve("config.json");
  }

  /** The weights. */
  public Path weights() {
    return directory.resolve("model.safetensors");
  }

  /** The tokenizer. */
  public Path tokenizer() {
    return directory.resolve("tokenizer.json");
  }
}
