package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestStagedDirectory {
  @TempDir Path folder;

  @Test
  void appearsWholeOnCommit() throws IOException {
    Path target = folder.resolve("new/target");
    try (StagedDirectory staged = StagedDirectory.beside(target)) {
      Files.createDirectory(staged.path().resolve("sub"));
      Files.writeString(staged.path().resolve("sub/file"), "text");
      assertThat(target).doesNotExist();
      staged.commit();
    }
    assertThat(target.resolve("sub/file")).hasContent("text");
    assertThat(Children.of(target.getParent())).containsExactly(target);
  }

  @Test
  void leavesNothingWithoutCommit() throws IOException {
    try (StagedDirectory staged = StagedDirectory.beside(folder.resolve("target"))) {
      Files.createDirectory(staged.path().resolve("sub"));
      Files.writeString(staged.path().resolve("sub/file"), "text");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void neverOverwritesAFolder() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    assertThatThrownBy(() -> StagedDirectory.beside(target))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Folder %s exists already, and a folder is never overwritten; move it "
                + "away or name another",
            target);
    Path late = folder.resolve("late");
    try (StagedDirectory staged = StagedDirectory.beside(late)) {
      Files.createDirectory(late);
      assertThatThrownBy(staged::commit).isInstanceOf(UserInputException.class);
    }
    assertThat(late).isEmptyDirectory();
  }

  @Test
  void removesWhatAKilledWriterLeft() throws IOException {
    Path target = folder.resolve("target");
    Path left = StagedDirectory.beside(target).path();
    Files.writeString(left.resolve("half"), "text");
    Path other = StagedDirectory.beside(folder.resolve("another")).path();
    StagedDirectory.removeLeftovers(target);
    assertThat(left).doesNotExist();
    assertThat(other).exists();
  }
}
