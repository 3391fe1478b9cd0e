package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class TestTemporaryFolder {
  @Test
  void whatIsInItGoesWithIt() throws Exception {
    Path path;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      path = folder.path();
      Files.writeString(Files.createDirectories(path.resolve("a/b")).resolve("c"), "x");
      assertThat(path).isNotEmptyDirectory();
    }
    assertThat(path).doesNotExist();
  }
}
