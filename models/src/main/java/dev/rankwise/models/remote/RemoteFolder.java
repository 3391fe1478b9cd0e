package dev.rankwise.models.remote;

import java.nio.file.Path;
import java.util.SortedSet;

/** A folder elsewhere, of which single files are fetched to this host. */
public interface RemoteFolder {

  /** Names of the files in it. */
  SortedSet<String> names();

  /**
   * Brings one file here, unless it is here already.
   *
   * @param name one of {@link #names}
   * @return where it lies now
   */
  Path fetch(String name);
}
