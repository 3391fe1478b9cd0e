package dev.rankwise.datasets.picture;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where the pictures lie that rows name by paths. Travels to executors, which read the files.
 *
 * <p>Whoever writes rows need not be who runs the job, so a path names nothing but a file within
 * this folder; without a folder, a file of the default file system.
 *
 * @param address of the folder that relative paths start from; empty where rows lie in no folder
 */
public record PictureFolder(String address) implements Serializable {
  /** Where relative paths start from nowhere in particular. */
  public static final PictureFolder NONE = new PictureFolder("");

  public PictureFolder {
    Objects.requireNonNull(address, "address");
  }

  /**
   * The bytes of a file.
   *
   * @param path relative to the folder, or a whole address within it
   * @param most bytes that it may have
   * @throws UnusableRow if it lies elsewhere, is no plain file, cannot be read, or has more
   */
  byte[] read(String path, int most) {
    try {
      Configuration hadoop = SparkBases.configuration();
      Path root = address.isEmpty() ? new Path("/") : new Path(address);
      FileSystem system = root.getFileSystem(hadoop);
      Path folder = system.makeQualified(root);
      Path file = system.makeQualified(new Path(folder, path));
      if (!lies(file, folder)) {
        throw new UnusableRow(RejectionReason.PICTURE_UNREADABLE);
      }
      FileStatus status = system.getFileStatus(file);
      if (!status.isFile() || !isPlain(file)) {
        throw new UnusableRow(RejectionReason.PICTURE_UNREADABLE);
      }
      if (status.getLen() > most) {
        throw new UnusableRow(RejectionReason.PICTURE_TOO_LARGE);
      }
      try (InputStream in = system.open(file)) {
        return in.readNBytes(most);
      }
    } catch (IOException | IllegalArgumentException failure) {
      throw new UnusableRow(RejectionReason.PICTURE_UNREADABLE);
    }
  }

  /** Whether a file lies in a folder, both whole addresses; {@code ..} is resolved before. */
  private static boolean lies(Path file, Path folder) {
    URI within = folder.toUri().normalize();
    URI named = file.toUri().normalize();
    String start = within.getPath().endsWith("/") ? within.getPath() : within.getPath() + "/";
    return Objects.equals(named.getScheme(), within.getScheme())
        && Objects.equals(named.getAuthority(), within.getAuthority())
        && named.getPath().startsWith(start)
        && !named.getPath().contains("/../");
  }

  /** Hadoop takes a pipe and a device for files, which may never end. */
  private static boolean isPlain(Path file) {
    return !"file".equals(file.toUri().getScheme())
        || Files.isRegularFile(java.nio.file.Path.of(file.toUri().getPath()));
  }
}
