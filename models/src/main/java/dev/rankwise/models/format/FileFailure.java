package dev.rankwise.models.format;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Turns an {@link IOException} into a failure that names the file, the cause and the remedy. */
public final class FileFailure {
  private FileFailure() {}

  /** A file or folder could not be read. */
  public static UserInputException reading(Path file, IOException cause) {
    return new UserInputException(
        "Cannot read %s: %s; check that the path is right and that this user may read it"
            .formatted(file, reason(cause)),
        cause);
  }

  /** A file or folder could not be written. */
  public static UserInputException writing(Path file, IOException cause) {
    return new UserInputException(
        "Cannot write %s: %s; choose a folder on a disk with room that this user may write"
            .formatted(file, reason(cause)),
        cause);
  }

  private static String reason(IOException cause) {
    if (cause instanceof NoSuchFileException missing) {
      return "no such file or folder (" + missing.getFile() + ")";
    }
    if (cause instanceof AccessDeniedException denied) {
      return "permission denied (" + denied.getFile() + ")";
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
