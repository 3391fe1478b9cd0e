package dev.rankwise.models.source;

import dev.rankwise.models.format.Sha256;
import java.io.Serializable;

/**
 * Names a base to an executor: where to find it, and which bytes it must have.
 *
 * @param uri as in the recipe
 * @param sha256 the hash of {@link BaseDirectory#sha256}
 */
public record BaseReference(String uri, String sha256) implements Serializable {
  private static final long serialVersionUID = 1L;

  public BaseReference {
    if (!Sha256.isHash(sha256)) {
      throw new IllegalArgumentException("Not a SHA-256: " + sha256);
    }
  }
}
