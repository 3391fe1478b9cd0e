package dev.rankwise.datasets.base;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.RemoteFileSystem;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * Folders on any file system that Hadoop knows.
 *
 * @param configuration says how they are reached
 */
record HadoopFolders(Configuration configuration) implements RemoteFileSystem {

  @Override
  public List<RemoteFile> list(String folder) {
    try {
      Path path = new Path(folder);
      List<RemoteFile> files = new ArrayList<>();
      for (FileStatus status : path.getFileSystem(configuration).listStatus(path)) {
        if (status.isFile() && !status.getPath().equals(path)) {
          files.add(
              new RemoteFile(
                  status.getPath().getName(),
                  status.getLen(),
                  Long.toString(status.getModificationTime())));
        }
      }
      return files;
    } catch (FileNotFoundException missing) {
      throw refused(
          folder, "no such folder; check the address, and that every executor sees it", missing);
    } catch (UnsupportedFileSystemException | IllegalArgumentException invalid) {
      throw unknown(folder, invalid);
    } catch (IOException failure) {
      throw refused(folder, failure.getMessage() + "; check that this user may read it", failure);
    } catch (RuntimeException failure) {
      if (failure.getCause() instanceof ClassNotFoundException) {
        throw unknown(folder, failure);
      }
      throw failure;
    }
  }

  @Override
  public InputStream open(String folder, String name) throws IOException {
    Path path = new Path(folder, name);
    return path.getFileSystem(configuration).open(path);
  }

  private static UserInputException unknown(String folder, Exception cause) {
    return refused(
        folder,
        "the address is not one that Hadoop knows here; known for bases are \"minilm\", a path, file:,"
            + " jar:/folder, hf:org/name@revision, hdfs: and s3a: (with hadoop-aws on the class path)",
        cause);
  }

  private static UserInputException refused(String folder, String why, Exception cause) {
    return new UserInputException(
        "Base \"%s\" cannot be read: %s".formatted(shown(folder), why), cause);
  }

  /** An address without its user part. */
  private static String shown(String folder) {
    return folder.replaceFirst("^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", "$1");
  }
}
