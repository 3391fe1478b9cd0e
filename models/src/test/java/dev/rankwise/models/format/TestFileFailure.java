package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestFileFailure {
  private static final Path FILE = Path.of("a", "b");

  @Test
  void namesTheFileTheCauseAndTheRemedy() {
    assertThat(FileFailure.reading(FILE, new NoSuchFileException("a/b")))
        .hasMessage(
            "Cannot read a/b: no such file or folder (a/b); check that the path is right and that"
                + " this user may read it");
    assertThat(FileFailure.writing(FILE, new AccessDeniedException("a")))
        .hasMessage(
            "Cannot write a/b: permission denied (a); choose a folder on a disk with room that this"
                + " user may write");
  }

  @Test
  void aCauseWithoutWordsIsNamedByItsKind() {
    assertThat(FileFailure.reading(FILE, new IOException())).hasMessageContaining(": IOException;");
    assertThat(FileFailure.reading(FILE, new IOException("Input/output error")))
        .hasMessageContaining(": Input/output error;");
  }

  @Test
  void fullDiskIsToldWithoutTheStagedFile() {
    for (String words : List.of("No space left on device", "Disk quota exceeded")) {
      assertThat(FileFailure.writing(FILE, new FileSystemException("a/.staged-b-1-0", null, words)))
          .hasMessage(
              "Cannot write a/b: %s; free space on its disk, or choose a folder on another one"
                  .formatted(words));
    }
  }

  @Test
  void stagedFileIsToldAsItsFolder() {
    assertThat(FileFailure.writing(FILE, new AccessDeniedException("/a/.staged-b-1-0")))
        .hasMessageContaining(": permission denied (/a);");
  }

  @Test
  void fileInTheWayIsToldInWords() {
    assertThat(FileFailure.reason(new FileAlreadyExistsException("a")))
        .isEqualTo("a file stands where a folder is needed");
  }
}
