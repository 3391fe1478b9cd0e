package dev.rankwise.jobs;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The golden reference values: the folder named by {@code -Drankwise.golden}, or the copy among the
 * test resources.
 */
final class GoldenFolder {
  private GoldenFolder() {}

  /** A file or folder in it. */
  static Path path(String relative) {
    String named = System.getProperty("rankwise.golden", "");
    if (!named.isEmpty()) {
      return Path.of(named).resolve(relative);
    }
    try {
      return Path.of(GoldenFolder.class.getResource("/golden").toURI()).resolve(relative);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The folders directly below {@code relative}, in the order of their names. */
  static List<Path> folders(String relative) throws IOException {
    try (Stream<Path> children = Files.list(path(relative))) {
      return children.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** Says on the test's output that a case was left out. */
  static void skipped(Object what, String why) {
    System.out.println("Golden case " + what + " skipped: " + why);
  }
}
