package dev.rankwise.models;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The golden reference values: the folder named by {@code -Drankwise.golden}, or the copy among the
 * test resources.
 */
public final class Golden {
  private Golden() {}

  /** The folder. */
  public static Path folder() {
    String named = System.getProperty("rankwise.golden", "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    try {
      return Path.of(Golden.class.getResource("/golden").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder in it. */
  public static Path path(String relative) {
    return folder().resolve(relative);
  }

  /** The folders directly below {@code relative}, in the order of their names. */
  public static List<Path> folders(String relative) {
    Path parent = path(relative);
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    return Children.folders(parent);
  }

  /** Says on the test's output that a case was left out. */
  public static void skipped(Path what, String why) {
    System.out.println("Golden case " + what.getFileName() + " skipped: " + why);
  }
}
