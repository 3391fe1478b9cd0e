package dev.rankwise.datasets.clean;

import java.util.Objects;

/**
 * Where cleaned rows are kept, so that the next preparation reads and cleans only what is new.
 * Driver only.
 *
 * @param folder address of the folder, which holds nothing else
 * @param listener is told what becomes of them
 */
public record KeptPlace(String folder, KeptListener listener) {
  public KeptPlace {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(listener, "listener");
  }

  /** The place of one of several sources whose rows are kept side by side. */
  public KeptPlace of(int source) {
    return new KeptPlace("%s-%s".formatted(folder, source), listener);
  }
}
