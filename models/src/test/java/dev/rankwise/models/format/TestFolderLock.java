package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestFolderLock {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-02-03T12:00:00Z"), ZoneOffset.UTC);

  @TempDir Path folder;

  @Test
  void secondRunOfTheSameProcessIsRefusedByName() throws IOException {
    try (FolderLock first = acquire()) {
      assertThat(first).isNotNull();
      assertThatThrownBy(this::acquire)
          .isInstanceOfSatisfying(
              RunHeldException.class, e -> assertThat(e.code()).isEqualTo(FailureCode.RUN_HELD))
          .hasMessage(
              "Cannot write to run: held by process %d on host %s since 2026-02-03T12:00:00Z; wait"
                      .formatted(
                          ProcessHandle.current().pid(), InetAddress.getLocalHost().getHostName())
                  + " for it to end, or name another folder");
    }
    acquire().close();
  }

  @Test
  void refusalDoesNotReleaseTheFirstRunsLock() throws Exception {
    try (FolderLock first = acquire()) {
      assertThat(first).isNotNull();
      assertThatThrownBy(this::acquire).isInstanceOf(RunHeldException.class);
      assertThatThrownBy(() -> LockingProcess.start(folder))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void runOfAnotherProcessIsRefusedAndItsDeathFreesTheFolder() throws Exception {
    Process other = LockingProcess.start(folder);
    try {
      assertThatThrownBy(this::acquire)
          .isInstanceOf(RunHeldException.class)
          .hasMessageContaining("held by process " + other.pid() + " on host ")
          .hasMessageContaining(" since 20");
    } finally {
      other.destroyForcibly().waitFor();
    }
    Path holder = folder.resolve("holder.json");
    assertThat(holder).exists();
    try (FolderLock taken = acquire()) {
      assertThat(taken).isNotNull();
      assertThat(holder).content().contains("\"since\" : \"2026-02-03T12:00:00Z\"");
    }
    assertThat(holder).doesNotExist();
  }

  @Test
  void holderOnAnotherHostIsNotTakenForDead() throws IOException {
    Files.write(
        folder.resolve("holder.json"),
        new LockHolder(17, "elsewhere.example", "2026-01-01T00:00:00Z").toJson());
    assertThatThrownBy(this::acquire)
        .isInstanceOf(RunHeldException.class)
        .hasMessage(
            "Cannot write to run: held by process 17 on host elsewhere.example since"
                + " 2026-01-01T00:00:00Z; if that process is gone, delete "
                + folder.toRealPath().resolve("holder.json"));
    Files.delete(folder.resolve("holder.json"));
    acquire().close();
  }

  @Test
  void holderIsToldUntilItIsGone() throws Exception {
    assertThat(FolderLock.holder(folder)).isEmpty();
    Process other = LockingProcess.start(folder);
    try {
      assertThat(FolderLock.holder(folder)).get().asString().startsWith("process " + other.pid());
      assertThatThrownBy(this::acquire).isInstanceOf(RunHeldException.class);
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(FolderLock.holder(folder)).isEmpty();
    Files.write(
        folder.resolve("holder.json"), new LockHolder(17, "else\u001bwhere", "Monday").toJson());
    assertThat(FolderLock.holder(folder)).contains("process 17 on host else?where since Monday");
  }

  @Test
  void holderFileThatACrashCutShortIsNoObstacle() throws IOException {
    for (String content : new String[] {"", "{\"pid\": 4", "{\"pid\": 4}", "{}", "[]", "null"}) {
      Files.writeString(folder.resolve("holder.json"), content);
      acquire().close();
    }
  }

  @Test
  void folderThatCannotBeWrittenIsRefused() throws IOException {
    Files.createDirectory(folder.resolve("lock"));
    assertThatThrownBy(this::acquire)
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write run: ");
    Files.delete(folder.resolve("lock"));
    acquire().close();
  }

  @Test
  void closingTwiceIsHarmless() {
    FolderLock lock = acquire();
    lock.close();
    try (FolderLock next = acquire()) {
      lock.close();
      assertThat(next).isNotNull();
      assertThatThrownBy(this::acquire).isInstanceOf(RunHeldException.class);
    }
  }

  @Test
  void holderIsWrittenAsJson() {
    assertThat(new String(LockHolder.unknown().toJson(), StandardCharsets.UTF_8))
        .isEqualTo("{\n  \"pid\" : 0,\n  \"host\" : \"unknown\",\n  \"since\" : \"unknown\"\n}\n");
  }

  private FolderLock acquire() {
    return FolderLock.acquire(Path.of("run"), folder, NOON);
  }
}
