package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Fills a folder that nobody else sees yet. */
@FunctionalInterface
public interface DirectoryWriter {

  /** Writes all files of the folder into {@code staging}, which exists and is empty. */
  void write(Path staging) throws IOException;
}
