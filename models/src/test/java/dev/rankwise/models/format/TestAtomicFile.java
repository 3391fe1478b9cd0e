package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestAtomicFile {
  @TempDir Path folder;

  @Test
  void writesAndReplaces() {
    Path file = folder.resolve("deep/er/file.txt");
    AtomicFile.write(file, "one");
    AtomicFile.write(file, "two");
    assertThat(file).hasContent("two");
    assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file));
    assertThat(file.getParent()).isDirectoryNotContaining("glob:**.staged*");
  }

  @Test
  void keepsTheOldFileWhenTheBodyFails() {
    Path file = folder.resolve("file.txt");
    AtomicFile.write(file, "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[10]));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot write " + file + ": No space left on device");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.staged*");
  }

  @Test
  void theBytesAreOnDiskBeforeTheRenameAndTheRenameIsAfterIt() {
    Path file = folder.resolve("file.txt");
    AtomicFile.write(file, "old");
    List<String> forced = new ArrayList<>();
    AtomicFile.write(
        file,
        channel -> channel.write(ByteBuffer.wrap("newer".getBytes(StandardCharsets.UTF_8))),
        (path, option) ->
            new ForcedChannel(
                FileChannel.open(path, option),
                () -> {
                  String what = path.equals(folder) ? "folder" : Files.readString(path);
                  forced.add(what + " while the file is " + Files.readString(file));
                }));
    assertThat(forced)
        .containsExactly("newer while the file is old", "folder while the file is newer");
  }

  @Test
  void renameThatMayBeLostIsTold() {
    Path file = folder.resolve("file.txt");

    assertThatThrownBy(() -> write(file, "Input/output error"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot write " + file + ": Input/output error");
    write(file, "Invalid argument");
    assertThat(file).hasContent("new");
  }

  /** Writes a file on a disk whose folders cannot be forced, and say so by these words. */
  private void write(Path file, String refusal) {
    AtomicFile.write(
        file,
        channel -> channel.write(ByteBuffer.wrap("new".getBytes(StandardCharsets.UTF_8))),
        (path, option) ->
            new ForcedChannel(
                FileChannel.open(path, option),
                () -> {
                  if (path.equals(folder)) {
                    throw new IOException(refusal);
                  }
                }));
  }

  @Test
  void twoWritersDoNotShareAStagedFile() throws IOException {
    Path file = folder.resolve("file.txt");
    Path first = AtomicFile.stagedNeighbour(file, Files::createFile);
    Path second = AtomicFile.stagedNeighbour(file, Files::createFile);
    assertThat(first).isNotEqualTo(second);
    assertThat(first.getFileName().toString()).startsWith(AtomicFile.STAGED);
  }
}
