package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that look like ours, and what is left alone in them. */
final class TestFolderMark {
  @TempDir Path parent;

  private Path folder;
  private Path control;
  private Path mark;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = parent.resolve("run");
    control = folder.resolve(".rankwise");
    mark = control.resolve("format");
    Files.writeString(Files.createDirectories(control.resolve("staging")).resolve("mine"), "1");
  }

  @Test
  void newFolderIsMarked() throws IOException {
    Path fresh = parent.resolve("fresh");
    RunFolder.claim(fresh, Clock.systemUTC()).close();

    assertThat(fresh.resolve(".rankwise/format")).hasContent("rankwise run folder, format 1\n");
  }

  @Test
  void folderOfAnotherVersionIsLeftAlone() throws IOException {
    Files.writeString(mark, "rankwise run folder, format 2\n");

    assertThatThrownBy(this::claim)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            ("Cannot write to %s: it is a run folder of format 2, and this version of Rankwise knows"
                    + " format 1; use the version that made it, or choose another output directory")
                .formatted(folder));
    nothingWasTouched();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rankwise",
        "rankwise run folder, format 1",
        "rankwise run folder, format 1\n\n",
        "rankwise run folder, format -1\n",
        "rankwise run folder, format 99999999999999999999\n",
        "\u0000\u001b[2J"
      })
  void markOfAnotherKindIsRefused(String text) throws IOException {
    Files.writeString(mark, text);

    assertThatThrownBy(this::claim)
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            ("Cannot write to %s: %s does not hold the mark of a run folder; choose another output"
                    + " directory, or move this one away")
                .formatted(folder, mark));
    nothingWasTouched();
  }

  @Test
  void markOfAnyLengthIsNotReadWhole() throws IOException {
    Files.writeString(mark, "rankwise run folder, format 1\n" + "x".repeat(1 << 20));

    assertThatThrownBy(this::claim).isInstanceOf(CorruptFileException.class);
    nothingWasTouched();
  }

  @Test
  void folderInPlaceOfTheMarkIsRefused() throws IOException {
    Files.createDirectory(mark);

    assertThatThrownBy(this::claim)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(mark + " is no file; ");
    nothingWasTouched();
  }

  @Test
  void controlFolderThatIsALinkIsNotFollowed() throws IOException {
    Files.writeString(mark, "rankwise run folder, format 1\n");
    Path other = Files.createDirectory(parent.resolve("other"));
    Files.createSymbolicLink(other.resolve(".rankwise"), control);

    assertThatThrownBy(() -> RunFolder.claim(other, Clock.systemUTC()))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(other.resolve(".rankwise") + " is no folder; ");
    nothingWasTouched();
  }

  @Test
  void filesBesideAnUnmarkedControlFolderAreSomebodyElses() throws IOException {
    Path thesis = Files.writeString(folder.resolve("thesis.txt"), "years of work");

    assertThatThrownBy(this::claim)
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it holds files that Rankwise did not make");
    nothingWasTouched();
    Files.delete(thesis);
    claim().close();
    assertThat(mark).exists();
  }

  private RunFolder claim() {
    return RunFolder.claim(folder, Clock.systemUTC());
  }

  private void nothingWasTouched() {
    assertThat(control.resolve("staging/mine")).hasContent("1");
    assertThat(control.resolve("lock")).doesNotExist();
  }
}
