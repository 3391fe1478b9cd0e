package dev.rankwise.datasets.shard;

import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A folder of prepared data that appears whole or not at all, on any Hadoop file system.
 *
 * <p>All is written into {@code .NAME.staging} beside the target. {@link #commit} renames an older
 * target to {@code .NAME.previous}, the staging folder to the target, and removes the older one. A
 * crash at any point leaves the old data, the new data, or (between the two renames) none under the
 * target's name; the next {@link #beside} then brings the old data back. Where a rename is a copy,
 * as on object stores, the manifest's list of files tells whether all of it arrived.
 *
 * <p>A folder that holds anything but prepared data is never touched.
 */
final class StagedFolder implements AutoCloseable {
  static final String MANIFEST = "manifest.json";

  private final FileSystem system;
  private final Path target;
  private final Path staging;
  private final Path previous;
  private boolean committed;

  private StagedFolder(FileSystem system, Path target) {
    this.system = system;
    this.target = target;
    this.staging = new Path(target.getParent(), "." + target.getName() + ".staging");
    this.previous = new Path(target.getParent(), "." + target.getName() + ".previous");
  }

  /** Starts an empty staging folder beside {@code directory}. */
  static StagedFolder beside(String directory, Configuration configuration) {
    try {
      Path path = new Path(directory);
      FileSystem system = path.getFileSystem(configuration);
      Path target = system.makeQualified(path);
      if (target.getParent() == null) {
        throw notWritable(directory, "it is the root of a file system", null);
      }
      StagedFolder folder = new StagedFolder(system, target);
      folder.start();
      return folder;
    } catch (IOException | IllegalArgumentException failure) {
      throw notWritable(directory, String.valueOf(failure.getMessage()), failure);
    }
  }

  /** Full address of {@code child} in the staging folder. */
  String path(String child) {
    return new Path(staging, child).toString();
  }

  /** Full address of the staging folder. */
  String root() {
    return staging.toString();
  }

  /** Writes the manifest and puts the folder in place. Returns the target's full address. */
  String commit(DataManifest manifest) {
    try {
      byte[] text = ManifestJson.written(manifest).getBytes(StandardCharsets.UTF_8);
      try (FSDataOutputStream out = system.create(new Path(staging, MANIFEST), true)) {
        out.write(text);
        out.hsync();
      }
      if (system.exists(target) && !system.rename(target, previous)) {
        throw notWritable(target.toString(), "the older data cannot be renamed", null);
      }
    } catch (IOException failure) {
      throw notWritable(target.toString(), String.valueOf(failure.getMessage()), failure);
    }
    try {
      if (!system.rename(staging, target)) {
        throw new IOException("the rename was refused");
      }
      committed = true;
      system.delete(previous, true);
    } catch (IOException failure) {
      throw new CommitUnknownException(
          "Cannot tell whether the prepared data reached \""
              + target
              + "\": "
              + failure.getMessage()
              + "; look whether it holds "
              + MANIFEST
              + " before preparing again",
          failure);
    }
    return target.toString();
  }

  /** Removes what was staged, unless it was committed. */
  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      system.delete(staging, true);
      if (!system.exists(target) && system.exists(previous)) {
        system.rename(previous, target);
      }
    } catch (IOException leftForTheNextRun) {
      // The next run starts by clearing the same names.
      committed = false;
    }
  }

  private void start() throws IOException {
    if (!system.exists(target) && system.exists(previous)) {
      system.rename(previous, target);
    }
    requireOurs();
    system.delete(previous, true);
    system.delete(staging, true);
    if (!system.mkdirs(staging)) {
      throw notWritable(target.toString(), "the folder cannot be created", null);
    }
  }

  private void requireOurs() throws IOException {
    if (!system.exists(target)) {
      return;
    }
    boolean empty = system.getFileStatus(target).isDirectory() && isEmpty(target);
    if (!empty && !holdsManifest()) {
      throw new UserInputException(
          "Cannot prepare data into \""
              + target
              + "\": it exists and is not prepared data of ours, so it is left alone; name another"
              + " folder or empty this one");
    }
  }

  private boolean isEmpty(Path folder) throws IOException {
    return system.listStatus(folder).length == 0;
  }

  private boolean holdsManifest() throws IOException {
    try (InputStream in = system.open(new Path(target, MANIFEST))) {
      return ManifestJson.isOurs(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException foreign) {
      return false;
    }
  }

  private static UserInputException notWritable(String directory, String why, Exception cause) {
    return new UserInputException(
        "Cannot write prepared data to \""
            + directory
            + "\": "
            + why
            + "; name a folder that the driver and the executors may write",
        cause);
  }
}
