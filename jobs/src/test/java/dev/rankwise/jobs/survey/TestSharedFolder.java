package dev.rankwise.jobs.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.survey.FileAnswer.WatchedFile;
import dev.rankwise.jobs.survey.FolderAnswer.Sight;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestSharedFolder {
  private final Configuration files = new Configuration(false);

  @TempDir Path folder;

  @Test
  void executorSeesTheDriversFileAndTheDriverTheExecutors() throws IOException {
    try (SharedFolder shared = SharedFolder.in("file:" + folder, files)) {
      FolderAnswer answer = answer(shared.probe(), "7");

      assertThat(answer.sight()).isEqualTo(Sight.SHARED);
      assertThat(shared.seen(List.of("7", "77", "8"))).containsExactly("7");
    }
    assertThat(names(folder)).as("nothing is left behind").isEmpty();
  }

  @Test
  void folderThatIsNotThereYetIsLookedAtAboveAndNotMade() throws IOException {
    Path missing = folder.resolve("runs/tickets");
    try (SharedFolder shared = SharedFolder.in("file:" + missing, files)) {
      assertThat(shared.probe().location()).isEqualTo("file:" + missing);
      assertThat(Path.of(shared.probe().folder().substring("file:".length())).getParent())
          .isEqualTo(folder);
    }
    assertThat(names(folder)).isEmpty();
  }

  @Test
  void placeThatTheDriverCannotWriteIsRefused() {
    assertThatThrownBy(() -> SharedFolder.in("file:/proc/nobody", files))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("The driver cannot write there: ");
    assertThatThrownBy(() -> SharedFolder.in("nosuchsystem://host/folder", files))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("nosuchsystem");
  }

  @Test
  void executorOfAnotherFileSystemSeesNothingAndWritesNothing() {
    Path elsewhere = folder.resolve("elsewhere");
    FolderProbe probe = new FolderProbe("shared", "file:" + elsewhere, "token");

    assertThat(answer(probe, "1")).isEqualTo(new FolderAnswer("shared", Sight.UNSEEN, ""));
    assertThat(elsewhere).doesNotExist();
  }

  @Test
  void anotherDriversFileIsNotTakenForThisOnes() throws IOException {
    try (SharedFolder shared = SharedFolder.in("file:" + folder, files)) {
      FolderProbe probe = shared.probe();
      FolderAnswer answer =
          answer(new FolderProbe(probe.location(), probe.folder(), "another"), "1");

      assertThat(answer.sight()).isEqualTo(Sight.UNSEEN);
      assertThat(answer.failure()).isEqualTo("another file is there");
    }
  }

  @Test
  void executorThatCannotWriteSaysSo() throws IOException {
    try (SharedFolder shared = SharedFolder.in("file:" + folder, files)) {
      Path there = Path.of(shared.probe().folder().substring("file:".length()));
      Files.createDirectory(there.resolve(FolderProbe.ofExecutor("1") + 0));

      FolderAnswer answer = answer(shared.probe(), "1");

      assertThat(answer.sight()).isEqualTo(Sight.READ_ONLY);
      assertThat(answer.failure()).isNotEmpty();
    }
  }

  @Test
  void filesAreComparedBySize() throws IOException {
    Path file = Files.writeString(folder.resolve("rows.csv"), "a,b");
    String address = "file:" + file;

    assertThat(new WatchedFile(address, 3).failure(files)).isEmpty();
    assertThat(new WatchedFile(address, 4).failure(files))
        .isEqualTo("has 3 bytes there, and 4 on the driver");
    assertThat(new WatchedFile(address + "x", 3).failure(files)).isEqualTo("is not there");
    assertThat(new WatchedFile("nosuchsystem://host/file", 3).failure(files))
        .startsWith("cannot be looked at: ");
  }

  @Test
  void devicesOfGpusAreToldByTheirNames() throws IOException {
    for (String name : List.of("nvidia1", "nvidia0", "nvidiactl", "nvidia-uvm", "null")) {
      Files.createFile(folder.resolve(name));
    }

    assertThat(DeviceAnswer.present(folder))
        .containsExactly(
            folder.resolve("nvidia0").toString(), folder.resolve("nvidia1").toString());
    assertThat(DeviceAnswer.present(folder.resolve("missing"))).isEmpty();
  }

  private FolderAnswer answer(FolderProbe probe, String executor) {
    return FolderAnswer.to(probe, FolderProbe.ofExecutor(executor) + 0, files);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }
}
