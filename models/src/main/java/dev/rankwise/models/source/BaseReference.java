package dev.rankwise.models.source;

import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.remote.HubName;
import java.io.Serializable;

/**
 * Names a base to an executor: where to find it, and which bytes it must have.
 *
 * @param uri as in the recipe; a base of the hub is named by its commit
 * @param sha256 the hash of {@link BaseDirectory#sha256}
 */
public record BaseReference(String uri, String sha256) implements Serializable {
  private static final long serialVersionUID = 1L;

  public BaseReference {
    if (!Sha256.isHash(sha256)) {
      throw new IllegalArgumentException("Not a SHA-256: " + sha256);
    }
  }

  /**
   * The reference to a base that was found here. A branch of the hub may move before an executor
   * asks for it, so its commit is named instead.
   *
   * @param uri as in the recipe
   * @param base what it was found to be
   */
  public static BaseReference to(String uri, BaseDirectory base) {
    String pinned =
        HubName.isHubName(uri)
            ? HubName.of(uri).at(base.directory().getFileName().toString()).toString()
            : uri;
    return new BaseReference(pinned, base.sha256());
  }
}
