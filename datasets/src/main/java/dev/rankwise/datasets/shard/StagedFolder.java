package dev.rankwise.datasets.shard;

import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.FolderLock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * A folder of prepared data that appears whole or not at all, on any Hadoop file system.
 *
 * <p>All is written into {@code .NAME.staging} beside the target. {@link #commit} renames an older
 * target to {@code .NAME.previous}, the staging folder to the target, and removes the older one. A
 * crash at any point leaves the old data, the new data, or (between the two renames) none under the
 * target's name; the next {@link #beside} then brings the old data back. Where a rename is a copy,
 * as on object stores, the manifest's list of files tells whether all of it arrived.
 *
 * <p>A folder that holds anything but prepared data is never touched, one that holds something
 * beside it neither. On a file system of this host a second writer of the same folder is refused
 * while the first one writes; elsewhere there are no locks to rely on, and nobody must start two.
 */
final class StagedFolder implements AutoCloseable {

  /** The scheme of this host's file systems. */
  private static final String LOCAL = "file";

  private static final Set<String> FOLDERS =
      Set.of(Split.TRAIN.folder(), Split.TEST.folder(), PreparedWriter.REJECTIONS);

  /** Files that Spark and we write there, and the checksums that Hadoop keeps beside them. */
  private static final Pattern OURS =
      Pattern.compile(
          "%s|part-.*|_SUCCESS|\\..*\\.crc".formatted(Pattern.quote(ManifestJson.FILE)));

  private final FileSystem system;
  private final Path target;
  private final Path staging;
  private final Path previous;
  private final Optional<FolderLock> lock;
  private boolean committed;

  private StagedFolder(FileSystem system, Path target, Optional<FolderLock> lock) {
    this.system = system;
    this.target = target;
    this.lock = lock;
    this.staging = new Path(target.getParent(), "." + target.getName() + ".staging");
    this.previous = new Path(target.getParent(), "." + target.getName() + ".previous");
  }

  /**
   * Starts an empty staging folder beside {@code directory}, which nobody else may write until this
   * one is closed.
   *
   * @throws RunHeldException if another writer is at it
   */
  static StagedFolder beside(String directory, Configuration configuration) {
    try {
      Path path = new Path(directory);
      FileSystem system = path.getFileSystem(configuration);
      Path target = system.makeQualified(path);
      if (target.getParent() == null) {
        throw notWritable(directory, "it is the root of a file system", null);
      }
      requireOurs(system, target);
      system.mkdirs(target.getParent());
      StagedFolder folder = new StagedFolder(system, target, lock(target));
      folder.start();
      return folder;
    } catch (IOException failure) {
      throw notWritable(directory, FileFailure.reason(failure), failure);
    } catch (IllegalArgumentException failure) {
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
      try (FSDataOutputStream out = system.create(new Path(staging, ManifestJson.FILE), true)) {
        out.write(text);
        if (out.hasCapability(StreamCapabilities.HSYNC)) {
          out.hsync();
        }
      }
      if (system.exists(target) && !system.rename(target, previous)) {
        throw notWritable(target.toString(), "the older data cannot be renamed", null);
      }
    } catch (IOException failure) {
      throw notWritable(target.toString(), FileFailure.reason(failure), failure);
    } catch (FSError failure) {
      // Hadoop's word for a local disk that refuses a write.
      throw notWritable(
          target.toString(), String.valueOf(failure.getCause().getMessage()), failure);
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
              + ManifestJson.FILE
              + " before preparing again",
          failure);
    }
    return target.toString();
  }

  /** Removes what was staged, unless it was committed; then others may write. */
  @Override
  public void close() {
    try {
      removeUncommitted();
    } finally {
      lock.ifPresent(FolderLock::close);
    }
  }

  private void removeUncommitted() {
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

  /** The lock lies beside the folder, which is renamed: on one inside it two could be first. */
  private static Optional<FolderLock> lock(Path target) {
    if (!target.toUri().getScheme().equals(LOCAL)) {
      return Optional.empty();
    }
    java.nio.file.Path folder = java.nio.file.Path.of(target.toUri().getPath());
    java.nio.file.Path control = folder.resolveSibling("." + folder.getFileName() + ".lock");
    return Optional.of(FolderLock.acquire(folder, control, Clock.systemUTC()));
  }

  private void start() throws IOException {
    boolean started = false;
    try {
      if (!system.exists(target) && system.exists(previous)) {
        system.rename(previous, target);
      }
      requireOurs(system, target);
      system.delete(previous, true);
      system.delete(staging, true);
      if (!system.mkdirs(staging)) {
        throw notWritable(target.toString(), "the folder cannot be created", null);
      }
      started = true;
    } finally {
      if (!started) {
        lock.ifPresent(FolderLock::close);
      }
    }
  }

  private static void requireOurs(FileSystem system, Path target) throws IOException {
    if (!system.exists(target)) {
      return;
    }
    boolean empty =
        system.getFileStatus(target).isDirectory() && system.listStatus(target).length == 0;
    if (!empty && !holdsManifest(system, target)) {
      throw new UserInputException(
          "Cannot prepare data into \""
              + target
              + "\": it exists and is not prepared data of ours, so it is left alone; name another"
              + " folder or empty this one");
    }
    Optional<Path> foreign = empty ? Optional.empty() : foreign(system, target, FOLDERS);
    if (foreign.isPresent()) {
      throw new UserInputException(
          ("Cannot prepare data into \"%s\": it also holds %s, which is no prepared data of ours, so"
                  + " all of it is left alone; move that elsewhere or name another folder")
              .formatted(target, foreign.get().getName()));
    }
  }

  /** The first entry of a folder of prepared data, or of one in it, that we did not write. */
  private static Optional<Path> foreign(FileSystem system, Path folder, Set<String> folders)
      throws IOException {
    for (FileStatus entry : system.listStatus(folder)) {
      Path path = entry.getPath();
      if (entry.isDirectory() && folders.contains(path.getName())) {
        Optional<Path> inside = foreign(system, path, Set.of());
        if (inside.isPresent()) {
          return inside;
        }
      } else if (entry.isDirectory() || !OURS.matcher(path.getName()).matches()) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  private static boolean holdsManifest(FileSystem system, Path target) throws IOException {
    try (InputStream in = system.open(new Path(target, ManifestJson.FILE))) {
      return ManifestJson.isOurs(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException foreign) {
      return false;
    }
  }

  private static UserInputException notWritable(String directory, String why, Throwable cause) {
    return new UserInputException(
        "Cannot write prepared data to \""
            + directory
            + "\": "
            + why
            + "; name a folder that the driver and the executors may write",
        cause);
  }
}
