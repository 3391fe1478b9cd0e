package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestWritableFolder {
  @TempDir Path folder;

  @Test
  void makesAFolderThatOnlyItsUserMayEnter() throws IOException {
    Path own = WritableFolder.ownIn(folder, "rankwise", "me");
    assertThat(own).isEqualTo(folder.resolve("rankwise-me"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
        .isEqualTo("rwx------");
    assertThat(WritableFolder.ownIn(folder, "rankwise", "me")).isEqualTo(own);
    assertThat(own).isEmptyDirectory();
  }

  @Test
  void passesOverAFolderThatOthersMayChangeAndALink() throws IOException {
    Path open = Files.createDirectory(folder.resolve("rankwise-me"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve("rankwise-me-1"), elsewhere);
    assertThat(WritableFolder.ownIn(folder, "rankwise", "me"))
        .isEqualTo(folder.resolve("rankwise-me-2"));
  }

  @Test
  void aFolderBelowAFileIsNotWritable() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(WritableFolder.isWritable(file)).isFalse();
    assertThat(WritableFolder.isWritable(file.resolve("below"))).isFalse();
    assertThat(WritableFolder.isWritable(folder.resolve("a/b"))).isTrue();
    assertThatThrownBy(() -> WritableFolder.ownIn(file, "rankwise", "me"))
        .isInstanceOf(IOException.class);
  }
}
