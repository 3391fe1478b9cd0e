package dev.rankwise.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestFileNames {
  private static final FileNames ASCII = new FileNames(StandardCharsets.US_ASCII);

  @Test
  void letterBeyondTheLocaleIsToldWithTheRemedy() {
    // What the command line gives for a letter that the locale lacks.
    assertThatThrownBy(() -> ASCII.require(List.of("runs", "runs/caf\ufffd\ufffd")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use \"runs/caf\ufffd\ufffd\": under this locale Java names files in US-ASCII, which"
                + " lacks a letter of it; set LC_ALL=C.UTF-8, on a cluster"
                + " spark.executorEnv.LC_ALL=C.UTF-8 too, and run again");
    ASCII.require(List.of("runs/mine"));
    new FileNames(StandardCharsets.UTF_8).require(List.of("runs/caf\u00e9"));
  }

  @Test
  void pathThatJavaRefusesIsNoBug() {
    assertThat(ASCII.refused(new InvalidPathException("a\u0000", "Nul character not allowed")))
        .hasMessage("Cannot use \"a?\" as a path: Nul character not allowed; name another one");
    assertThatThrownBy(() -> ASCII.refused(new InvalidPathException("\u00e9", "Unmappable")))
        .hasMessageContaining("set LC_ALL=C.UTF-8");
  }

  @Test
  void onlyPathsOfThisHostAreTheOperatingSystems() {
    for (String elsewhere : List.of("sql:SELECT '\u00e9'", "table:\u00e9", "hdfs://h/\u00e9")) {
      ASCII.requirePath(elsewhere);
    }
    for (String here : List.of("rows/\u00e9.csv", "file:/rows/\u00e9.csv", "\u00e9:x")) {
      assertThatThrownBy(() -> ASCII.requirePath(here)).isInstanceOf(UserInputException.class);
    }
  }
}
