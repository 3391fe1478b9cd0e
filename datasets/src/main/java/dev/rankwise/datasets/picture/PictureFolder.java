package dev.rankwise.datasets.picture;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where the pictures lie that rows name by paths. Travels to executors, which read the files.
 *
 * @param address of the folder that relative paths start from; empty for the file system's own
 */
public record PictureFolder(String address) implements Serializable {
  /** Where relative paths start from nowhere in particular. */
  public static final PictureFolder NONE = new PictureFolder("");

  /** What a row must not make this process ask for. */
  private static final Set<String> REFUSED = Set.of("http", "https", "jar");

  public PictureFolder {
    Objects.requireNonNull(address, "address");
  }

  /**
   * The bytes of a file.
   *
   * @param path relative to the folder, or an address of its own
   * @param most bytes that it may have
   * @throws UnusableRow if it cannot be read, or has more
   */
  byte[] read(String path, int most) {
    try {
      Path named = new Path(path);
      boolean relative = !named.isAbsolute() && named.toUri().getScheme() == null;
      Path file = relative && !address.isEmpty() ? new Path(new Path(address), named) : named;
      String scheme = file.toUri().getScheme();
      if (scheme != null && REFUSED.contains(scheme.toLowerCase(Locale.ROOT))) {
        throw new UnusableRow(RejectionReason.PICTURE_UNREADABLE);
      }
      FileSystem system = file.getFileSystem(SparkBases.configuration());
      FileStatus status = system.getFileStatus(file);
      if (!status.isFile()) {
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
}
