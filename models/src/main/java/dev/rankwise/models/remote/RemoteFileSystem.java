package dev.rankwise.models.remote;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A file system that is reached by URI, such as HDFS or an object store. */
public interface RemoteFileSystem {

  /**
   * A file of a folder.
   *
   * @param name without the folder
   * @param bytes its size
   * @param version whatever changes when the file does
   */
  record RemoteFile(String name, long bytes, String version) {}

  /**
   * The files that lie directly in a folder.
   *
   * @throws dev.rankwise.models.failure.RankwiseException if there is no such folder, or no such
   *     file system
   */
  List<RemoteFile> list(String folder);

  /** Opens a file of a folder from its start. */
  InputStream open(String folder, String name) throws IOException;
}
