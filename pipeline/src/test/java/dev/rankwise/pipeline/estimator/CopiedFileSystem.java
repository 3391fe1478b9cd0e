package dev.rankwise.pipeline.estimator;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** This machine's files under another scheme, as a file system that is not the local one. */
public final class CopiedFileSystem extends RawLocalFileSystem {
  private URI uri;

  @Override
  public void initialize(URI name, Configuration configuration) throws IOException {
    super.initialize(name, configuration);
    uri = URI.create(name.getScheme() + "://" + name.getAuthority());
  }

  @Override
  public URI getUri() {
    // Asked once before it is initialised.
    return uri == null ? URI.create("copied:///") : uri;
  }
}
