package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folders of tests on clusters: they stay until the next time, for who looks for a reason. */
final class ClusterFolders {
  private static final Path ALL = Path.of(System.getProperty("rankwise.cluster.folder"));

  private ClusterFolders() {}

  /** A folder of that name with nothing in it. */
  static Path empty(String name) {
    Path folder = ALL.resolve(name);
    try {
      if (Files.exists(folder)) {
        try (var files = Files.walk(folder)) {
          for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
            Files.delete(file);
          }
        }
      }
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
