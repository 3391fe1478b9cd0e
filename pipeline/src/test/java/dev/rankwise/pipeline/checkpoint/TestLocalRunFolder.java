package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.LeftOut;
import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.LockHolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestLocalRunFolder {
  @TempDir Path parent;

  @Test
  void newFolderIsMadeAndClaimedAgain() {
    Path folder = parent.resolve("a/b/run");
    claim(folder).close();
    try (LocalRunFolder again = claim(folder)) {
      assertThat(again.directory()).isEqualTo(folder).isDirectory();
    }
  }

  @Test
  void writerIsToldWhileThereIsOne() {
    Path folder = parent.resolve("run");
    assertThat(LocalRunFolder.writer(folder)).isEmpty();
    try (LocalRunFolder claimed = claim(folder)) {
      assertThat(LocalRunFolder.writer(claimed.directory()))
          .get()
          .asString()
          .startsWith("process " + ProcessHandle.current().pid() + " on host ");
    }
    assertThat(LocalRunFolder.writer(folder)).isEmpty();
  }

  @Test
  void writerOnAnotherHostIsBelievedUntilItsLeaseIsOver() throws IOException {
    Path folder = parent.resolve("run");
    claim(folder).close();
    Instant now = Clock.systemUTC().instant();
    LockHolder elsewhere = new LockHolder(17, "elsewhere.example", "2026-02-03T11:00:00Z");
    Storage control = new LocalStorage(folder.resolve(".rankwise"));
    control.create(
        "lease/term-00000007-beat-00000000.json",
        new LockBeat(elsewhere, "unknown", now.plusSeconds(3600), false).toJson());

    assertThatThrownBy(() -> claim(folder))
        .isInstanceOf(RunHeldException.class)
        .hasMessage(
            "Cannot write to %s: held by process 17 on host elsewhere.example since"
                    .formatted(folder)
                + " 2026-02-03T11:00:00Z; wait for it to end, or name another folder");
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(2));
    RunFolder.claim(folder, later).close();
    assertThat(control.list("lease")).containsExactly("term-00000008-beat-00000001.json");
  }

  @ParameterizedTest
  @EnumSource
  void writerThatWasOvertakenWritesNothingMore(Writing first) throws IOException {
    Path folder = parent.resolve("run");
    try (LocalRunFolder asleep = claim(folder)) {
      LockHolder elsewhere = new LockHolder(17, "elsewhere.example", "2026-02-03T11:00:00Z");
      new LocalStorage(folder.resolve(".rankwise"))
          .create(
              "lease/term-00000002-beat-00000000.json",
              new LockBeat(elsewhere, "unknown", Instant.now(), true).toJson());

      assertThatThrownBy(() -> first.into(asleep))
          .isInstanceOf(RunHeldException.class)
          .hasMessageContaining("process 17 on host elsewhere.example")
          .hasMessageEndingWith("has taken over; leave it to that one");
      for (Writing any : Writing.values()) {
        assertThatThrownBy(() -> any.into(asleep)).isInstanceOf(RunHeldException.class);
      }
      assertThat(folder.resolve("adapter")).doesNotExist();
      assertThat(folder.resolve("result.json")).doesNotExist();
      assertThat(folder.resolve("tensorboard")).doesNotExist();
    }
  }

  @Test
  void bytesGoBehindThoseOfAFile() throws IOException {
    Path folder = parent.resolve("run");
    try (LocalRunFolder claimed = claim(folder)) {
      claimed.append("tensorboard", "events", new byte[] {1, 2});
      claimed.append("tensorboard", "events", new byte[] {3});

      assertThat(folder.resolve("tensorboard/events")).hasBinaryContent(new byte[] {1, 2, 3});
      assertThatThrownBy(() -> claimed.append("tensorboard", "../events", new byte[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void emptyFolderIsClaimed() throws IOException {
    Path folder = Files.createDirectory(parent.resolve("empty"));
    try (LocalRunFolder claimed = claim(folder)) {
      assertThat(claimed.directory()).isEqualTo(folder);
    }
  }

  @Test
  void folderOfSomebodyElseIsNeverWritten() throws IOException {
    Path file = Files.writeString(parent.resolve("thesis.txt"), "mine");
    assertThatThrownBy(() -> claim(parent))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write to %s: it holds files that Rankwise did not make; choose another output"
                    .formatted(parent)
                + " directory, or empty this one");
    assertThat(files(parent)).containsExactly(file);
  }

  @Test
  void fileIsRefused() throws IOException {
    Path file = Files.writeString(parent.resolve("out"), "x");
    assertThatThrownBy(() -> claim(file))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write to %s: it is a file; choose another output directory".formatted(file));
    assertThatThrownBy(() -> claim(file.resolve("below")))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write to " + file.resolve("below"));
  }

  @Test
  void folderWithoutPermissionIsRefused() throws IOException {
    Path closed =
        Files.createDirectory(
            parent.resolve("closed"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
    if (Files.isWritable(closed)) {
      LeftOut.because("a folder without permission, because root may write anywhere");
    }
    assertThatThrownBy(() -> claim(closed))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            ("Cannot write to %1$s: permission denied (%1$s/.rankwise); choose an output directory"
                    + " that you may write to")
                .formatted(closed));
  }

  @Test
  void filesAreReplacedWhole() {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      folder.commitFile("result.json", "one".getBytes(StandardCharsets.UTF_8));
      folder.commitFile("result.json", "two".getBytes(StandardCharsets.UTF_8));
      assertThat(folder.resolve("result.json")).hasContent("two");
    }
  }

  @Test
  void directoriesAreReplacedWhole() throws IOException {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      folder.commitDirectory(
          "adapter",
          staging -> {
            Files.writeString(staging.resolve("old"), "1");
            Files.createDirectory(staging.resolve("sub"));
          });
      folder.commitDirectory("adapter", staging -> Files.writeString(staging.resolve("new"), "2"));
      Path adapter = folder.resolve("adapter");
      assertThat(files(adapter)).containsExactly(adapter.resolve("new"));
      assertThat(files(folder.directory().resolve(".rankwise/staging"))).isEmpty();
    }
  }

  @Test
  void directoryThatFailsHalfwayLeavesTheOldOne() throws IOException {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      folder.commitDirectory("adapter", staging -> Files.writeString(staging.resolve("a"), "1"));
      assertThatThrownBy(
              () ->
                  folder.commitDirectory(
                      "adapter",
                      staging -> {
                        Files.writeString(staging.resolve("a"), "2");
                        throw new IOException("disk full");
                      }))
          .hasMessageContaining("Cannot write ")
          .hasRootCauseMessage("disk full");
      assertThat(folder.resolve("adapter").resolve("a")).hasContent("1");
      assertThat(files(folder.directory().resolve(".rankwise/staging"))).isEmpty();
    }
  }

  @Test
  void whatADeadRunHadStagedIsRemoved() throws IOException {
    Path folder = parent.resolve("run");
    claim(folder).close();
    Path staged = Files.createDirectories(folder.resolve(".rankwise/staging/adapter.x"));
    Files.writeString(staged.resolve("half"), "1");
    Files.writeString(folder.resolve(".staged-result.json-1-0"), "half");
    try (LocalRunFolder again = claim(folder)) {
      assertThat(staged).doesNotExist();
      assertThat(files(again.directory())).containsExactly(folder.resolve(".rankwise"));
    }
  }

  @Test
  void claimThatFailsHalfwayGivesTheLockBack() throws IOException {
    Path folder = parent.resolve("run");
    claim(folder).close();
    Files.createDirectory(folder.resolve(".rankwise/staging/adapter.replaced.1"));
    Path inTheWay = Files.createSymbolicLink(folder.resolve("adapter"), parent.resolve("nowhere"));
    assertThatThrownBy(() -> claim(folder))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write to " + folder + ": ");
    Files.delete(inTheWay);
    claim(folder).close();
  }

  @Test
  void whatADeadRunHadMovedAwayIsPutBackWhereNothingTookItsPlace() throws IOException {
    Path folder = parent.resolve("run");
    claim(folder).close();
    Path staging = folder.resolve(".rankwise/staging");
    Files.writeString(
        Files.createDirectory(staging.resolve("adapter.replaced.1")).resolve("a"), "former");
    Files.createDirectory(staging.resolve("data.replaced.2"));
    Files.createDirectory(folder.resolve("data"));
    claim(folder).close();
    assertThat(folder.resolve("adapter/a")).hasContent("former");
    assertThat(folder.resolve("data")).isEmptyDirectory();
    assertThat(staging).isEmptyDirectory();
  }

  @Test
  void fullDiskIsToldWithTheFolderThatTheUserKnows() {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      assertThatThrownBy(
              () ->
                  folder.commitDirectory(
                      "adapter",
                      staging -> {
                        throw FileFailure.writing(
                            staging.resolve("weights"), new IOException("No space left on device"));
                      }))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot write %s: No space left on device; free space on its disk, or choose a folder"
                      .formatted(folder.resolve("adapter"))
                  + " on another one");
    }
  }

  @Test
  void refusalOfTheWriterIsToldAsItIs() {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      assertThatThrownBy(
              () ->
                  folder.commitDirectory(
                      "adapter",
                      staging -> {
                        throw new UserInputException("PEFT has no such method");
                      }))
          .hasMessage("PEFT has no such method");
    }
  }

  @Test
  void commitThatLosesItsNewFolderSaysWhereBothLie() throws IOException {
    Path target = parent.resolve("adapter");
    Path staged = parent.resolve("staged");
    Path replaced = Files.createDirectory(parent.resolve("replaced"));
    assertThatThrownBy(() -> LocalRunFolder.putInPlace(staged, target, replaced))
        .isInstanceOf(CommitUnknownException.class)
        .hasMessageContaining("Cannot put " + target + " into place")
        .hasMessageContaining(
            "the former one lies at " + replaced + " and the new one at " + staged);
    Files.delete(replaced);
    assertThatThrownBy(() -> LocalRunFolder.putInPlace(staged, target, replaced))
        .isInstanceOf(IOException.class);
  }

  @Test
  void namesStayInsideTheFolder() {
    try (LocalRunFolder folder = claim(parent.resolve("run"))) {
      for (String name : List.of("../x", "a/b", ".rankwise", "", "a\\b")) {
        assertThatThrownBy(() -> folder.resolve(name))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("Invalid name in a run folder: " + name);
      }
    }
  }

  private static LocalRunFolder claim(Path folder) {
    return RunFolder.claim(folder, Clock.systemUTC());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
