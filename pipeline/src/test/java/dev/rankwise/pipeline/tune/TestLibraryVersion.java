package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class TestLibraryVersion {

  @Test
  void theVersionIsThatOfTheBuild() throws IOException {
    assertThat(Files.readString(Path.of("..", "pom.xml")))
        .contains(
            "<artifactId>rankwise-parent</artifactId>\n  <version>"
                + LibraryVersion.RANKWISE
                + "</version>");
  }
}
