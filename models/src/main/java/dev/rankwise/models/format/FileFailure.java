package dev.rankwise.models.format;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Turns an {@link IOException} into a failure that names the file, the cause and the remedy. */
public final class FileFailure {
  private FileFailure() {}

  /** A file or folder could not be read. */
  public static UserInputException reading(Path file, IOException cause) {
    return reading(file.toString(), cause);
  }

  /** The same for an address. */
  public static UserInputException reading(String file, IOException cause) {
    return new UserInputException(
        "Cannot read %s: %s; check that the path is right and that this user may read it"
            .formatted(file, reason(cause)),
        cause);
  }

  /** A file or folder could not be written. */
  public static UserInputException writing(Path file, IOException cause) {
    return writing(file.toString(), cause);
  }

  /** The same for an address. */
  public static UserInputException writing(String file, IOException cause) {
    return new UserInputException(
        "Cannot write %s: %s; %s"
            .formatted(
                file,
                reason(cause),
                isFullDisk(cause)
                    ? "free space on its disk, or choose a folder on another one"
                    : "choose a folder on a disk with room that this user may write"),
        cause);
  }

  /** Whether a failure says that a disk, or this user's share of it, has no room left. */
  public static boolean isFullDisk(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }

  /** Why a file could not be used, in a few words; a staged file is not named, but its folder. */
  public static String reason(IOException cause) {
    if (cause instanceof NoSuchFileException missing) {
      return "no such file or folder (" + visible(missing.getFile()) + ")";
    }
    if (cause instanceof AccessDeniedException denied) {
      return "permission denied (" + visible(denied.getFile()) + ")";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "a file stands where a folder is needed";
    }
    String words =
        cause instanceof FileSystemException refused ? refused.getReason() : cause.getMessage();
    // A file system elsewhere appends the stack trace of its server.
    return words == null
        ? cause.getClass().getSimpleName()
        : words.lines().findFirst().orElse(words).strip();
  }

  private static String visible(String file) {
    int staged = file.indexOf("/" + AtomicFile.STAGED);
    return staged < 0 ? file : file.substring(0, staged);
  }
}
