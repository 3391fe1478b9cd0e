package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSafePaths {
  @TempDir Path folder;

  @Test
  void joinsPlainNames() {
    assertThat(SafePaths.within(folder, "config.json")).isEqualTo(folder.resolve("config.json"));
    assertThat(SafePaths.within(folder, "sub/..name")).isEqualTo(folder.resolve("sub/..name"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "../x", "a/../../x", "/etc/passwd", "a\\b", "a\u0000b", "a\nb"})
  void refusesNamesThatLeaveTheFolder(String name) {
    assertThatThrownBy(() -> SafePaths.within(folder, name))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("may not be used in folder " + folder)
        .hasMessageEndingWith("use a plain relative path below the folder");
  }

  @Test
  void refusesALinkThatLeadsOut() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.createSymbolicLink(inside.resolve("out"), outside);
    Files.createSymbolicLink(inside.resolve("self"), inside);
    assertThatThrownBy(() -> SafePaths.within(inside, "out/x"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("a symbolic link leads out of the folder");
    assertThat(SafePaths.within(inside, "self/x")).isEqualTo(inside.resolve("self/x"));
  }
}
