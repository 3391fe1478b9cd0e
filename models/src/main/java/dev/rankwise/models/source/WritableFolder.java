package dev.rankwise.models.source;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Finds folders that this process may fill. */
final class WritableFolder {
  private static final int ATTEMPTS = 100;

  private WritableFolder() {}

  /** Whether {@code folder} is there, or could be made, and may be written. */
  static boolean isWritable(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.isWritable(folder);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * A folder of this user's own in the folder for temporary files, the same one on every call.
   *
   * <p>Others may write there too, so a folder that somebody else made or may change is passed
   * over.
   *
   * @param temporary the folder for temporary files
   * @param name first part of the folder's name
   */
  static Path ownIn(Path temporary, String name, String user) throws IOException {
    String safeUser = user.replaceAll("[^A-Za-z0-9_.-]", "_");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      String suffix = attempt == 0 ? "" : "-" + attempt;
      Path folder = temporary.resolve(name + "-" + safeUser + suffix);
      if (madeByUs(folder) || isOurs(folder)) {
        return folder;
      }
    }
    throw new IOException("every folder " + name + "-" + safeUser + "-N belongs to another user");
  }

  private static boolean madeByUs(Path folder) {
    try {
      Files.createDirectories(folder.getParent());
      if (hasPermissions()) {
        Set<PosixFilePermission> own = PosixFilePermissions.fromString("rwx------");
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(own));
      } else {
        Files.createDirectory(folder);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isOurs(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || !Files.isWritable(folder)) {
      return false;
    }
    if (!hasPermissions()) {
      return true;
    }
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      return false;
    }
    Path probe = Files.createTempFile(folder, "owner", ".tmp");
    try {
      return Files.getOwner(probe).equals(Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS));
    } finally {
      Files.delete(probe);
    }
  }

  private static boolean hasPermissions() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }
}
