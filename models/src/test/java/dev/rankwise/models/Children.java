package dev.rankwise.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies directly in a folder, in the order of the names. */
public final class Children {
  private Children() {}

  /** Files and folders. */
  public static List<Path> of(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Folders only. */
  public static List<Path> folders(Path folder) {
    return of(folder).stream().filter(Files::isDirectory).toList();
  }
}
