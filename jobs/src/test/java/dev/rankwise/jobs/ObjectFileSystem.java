package dev.rankwise.jobs;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** An object store to Hadoop, by its scheme; its objects are files of this host. */
public final class ObjectFileSystem extends RawLocalFileSystem {
  /** Where all of them begin. */
  static final String ADDRESS = "objects://bucket";

  @Override
  public URI getUri() {
    return URI.create(ADDRESS);
  }
}
