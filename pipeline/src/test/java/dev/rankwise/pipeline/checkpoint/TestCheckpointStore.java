package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestCheckpointStore {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void newestIsReadBackAndOlderOnesGo(CommitStrategy strategy) throws IOException {
    List<FaultPoint> points = new ArrayList<>();
    try (CheckpointFolder checkpoints =
        CheckpointFolder.open(
            new LocalStorage(folder), strategy, 2, Clock.systemUTC(), points::add)) {
      assertThat(checkpoints.newest()).isEmpty();
      checkpoints.finish();
      for (int step = 1; step <= 4; step++) {
        checkpoints.commit(step, fingerprint(), state(step));
      }

      Checkpoint newest = checkpoints.newest().orElseThrow();
      assertThat(newest.name()).isEqualTo(new CheckpointName(1, 4));
      assertThat(newest.state().vector("parameters", 2)).containsExactly(4, Float.NaN);
      assertThat(newest.state().values()).containsEntry("steps", "4");
      assertThat(newest.fingerprint()).isEqualTo(fingerprint());
      assertThat(newest.finished()).isFalse();
      checkpoints.finish();
      checkpoints.finish();
      assertThat(checkpoints.newest()).get().matches(Checkpoint::finished);
      checkpoints.requireHeld();
      assertThat(checkpoints.shown()).isEqualTo(folder.toString());
    }
    assertThat(entries())
        .containsExactly("lease", "term-00000001-step-00000003", "term-00000001-step-00000004");
    assertThat(points)
        .startsWith(
            FaultPoint.CHECKPOINT_WRITTEN,
            FaultPoint.CHECKPOINT_SYNCED,
            FaultPoint.CHECKPOINT_VERIFIED,
            FaultPoint.CHECKPOINT_COMMITTED,
            FaultPoint.CHECKPOINTS_RETIRED)
        .hasSize(20);
  }

  @Test
  void theSameCheckpointIsWrittenOnceAndADamagedOneAnew() throws IOException {
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.commit(3, fingerprint(), state(3));
      Path marker = folder.resolve("term-00000001-step-00000003/committed");
      Files.setLastModifiedTime(marker, java.nio.file.attribute.FileTime.fromMillis(0));
      checkpoints.commit(3, fingerprint(), state(3));
      assertThat(Files.getLastModifiedTime(marker).toMillis()).isZero();
      Files.writeString(marker, "x");
      assertThat(checkpoints.newest()).isEmpty();
      checkpoints.commit(3, fingerprint(), state(3));
      assertThat(checkpoints.newest()).isPresent();
    }
  }

  @Test
  void allThatWereCommittedAreThereByTheirSteps() throws IOException {
    for (int term = 1; term <= 2; term++) {
      try (CheckpointFolder checkpoints =
          CheckpointFolder.open(
              new LocalStorage(folder), CommitStrategy.RENAME, 9, Clock.systemUTC())) {
        checkpoints.commit(5, fingerprint(), state(5));
        checkpoints.commit(4 + term, fingerprint(), state(4 + term));
        checkpoints.commit(term, fingerprint(), state(term));
      }
    }
    CheckpointStore store =
        new CheckpointStore(
            new LocalStorage(folder), CommitStrategy.RENAME, 1, FaultPoint.Listener.none());
    assertThat(store.committed())
        .containsExactly(
            new CheckpointName(1, 1),
            new CheckpointName(2, 2),
            new CheckpointName(2, 5),
            new CheckpointName(2, 6));
    CheckpointName first = store.committed().get(0);
    assertThat(store.whole(first)).get().extracting(Checkpoint::name).isEqualTo(first);
    Files.writeString(folder.resolve(first.folder()).resolve("parameters.f32"), "x");
    assertThat(store.whole(first)).isEmpty();
    Files.delete(folder.resolve(first.folder()).resolve("committed"));
    assertThat(store.committed()).doesNotContain(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"parameters.f32", "manifest.json", "committed", "parameters.f32 longer", "gone"})
  void damagedCheckpointIsPassedOverForTheOneBefore(String damage) throws IOException {
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.commit(1, fingerprint(), state(1));
      checkpoints.commit(2, fingerprint(), state(2));
      Path newest = folder.resolve("term-00000001-step-00000002");
      if (damage.equals("gone")) {
        Files.delete(newest.resolve("parameters.f32"));
      } else {
        Path file = newest.resolve(damage.split(" ")[0]);
        byte[] content = Files.readAllBytes(file);
        if (damage.endsWith("longer")) {
          content = java.util.Arrays.copyOf(content, content.length + 4);
        } else {
          content[content.length / 2] ^= 4;
        }
        Files.write(file, content);
      }

      assertThat(checkpoints.newest()).get().extracting(c -> c.name().step()).isEqualTo(1);
    }
  }

  @Test
  void higherTermIsNewerThanAnyStepOfALowerOne() {
    try (CheckpointFolder former = open()) {
      former.commit(90, fingerprint(), state(90));
    }
    try (CheckpointFolder next = open()) {
      next.commit(40, fingerprint(), state(40));
      assertThat(next.newest())
          .get()
          .extracting(Checkpoint::name)
          .isEqualTo(new CheckpointName(2, 40));
    }
  }

  @Test
  void whatADriverWritesAfterAnotherTookOverIsNeverRead() {
    Storage storage = new LocalStorage(folder);
    CheckpointStore asleep =
        new CheckpointStore(storage, CommitStrategy.RENAME, 1, FaultPoint.Listener.none());
    asleep.commit(new CheckpointName(1, 50), fingerprint(), state(50));
    try (CheckpointFolder next = open()) {
      next.commit(50, fingerprint(), state(50));
      asleep.commit(new CheckpointName(1, 80), fingerprint(), state(80));
      assertThat(next.newest())
          .get()
          .extracting(Checkpoint::name)
          .isEqualTo(new CheckpointName(2, 50));
    }
  }

  @Test
  void driverThatIsOvertakenCannotCommit() {
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(5));
    FaultPoint.Listener none = FaultPoint.Listener.none();
    Storage storage = new LocalStorage(folder);
    CheckpointFolder asleep =
        CheckpointFolder.taken(storage, CommitStrategy.RENAME, 1, Clock.systemUTC(), none);
    CheckpointFolder next = CheckpointFolder.taken(storage, CommitStrategy.RENAME, 1, later, none);

    assertThatThrownBy(() -> asleep.commit(1, fingerprint(), state(1)))
        .isInstanceOf(RunHeldException.class);
    assertThatThrownBy(asleep::requireHeld).isInstanceOf(RunHeldException.class);
    next.commit(1, fingerprint(), state(1));
    next.close();
  }

  @Test
  void whatAnUnfinishedCommitLeftIsRemoved() throws IOException {
    Files.createDirectories(folder.resolve(".staged-term-00000001-step-00000003"));
    Files.createDirectories(folder.resolve("term-00000005-step-00000003"));
    Files.createDirectories(folder.resolve("mine"));
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.commit(4, fingerprint(), state(4));
    }
    assertThat(entries()).containsExactly("lease", "mine", "term-00000006-step-00000004");
  }

  @Test
  void folderThatCannotBeUsedIsTold() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Storage storage = new LocalStorage(file);
    FaultPoint.Listener none = FaultPoint.Listener.none();
    CheckpointStore store = new CheckpointStore(storage, CommitStrategy.RENAME, 1, none);
    for (Runnable use :
        List.<Runnable>of(
            store::newest,
            store::highestTerm,
            store::removeLeftovers,
            store::finish,
            () -> store.commit(new CheckpointName(1, 1), fingerprint(), state(1)))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining(file.toString());
    }
    assertThatThrownBy(() -> new CheckpointStore(storage, CommitStrategy.RENAME, 0, none))
        .hasMessage("Invalid number of checkpoints to keep: 0; it must be at least 1");
  }

  @Test
  void olderCheckpointsThatCannotBeRemovedHinderNothing() throws IOException {
    boolean[] refuse = {false};
    Storage storage =
        new PassingOn(new LocalStorage(folder), () -> {}) {
          @Override
          public void delete(String name) throws IOException {
            if (refuse[0]) {
              throw new IOException("not now");
            }
            super.delete(name);
          }

          @Override
          public void rename(String from, String to) throws IOException {
            if (from.endsWith("9")) {
              refuse[0] = true;
              throw new IOException("no such device");
            }
            super.rename(from, to);
            refuse[0] = true;
          }
        };
    CheckpointStore store =
        new CheckpointStore(storage, CommitStrategy.RENAME, 1, FaultPoint.Listener.none());
    for (int step = 1; step <= 2; step++) {
      refuse[0] = false;
      store.commit(new CheckpointName(1, step), fingerprint(), state(step));
    }
    assertThat(entries()).hasSize(2);
    refuse[0] = false;
    assertThatThrownBy(() -> store.commit(new CheckpointName(1, 9), fingerprint(), state(9)))
        .hasMessageContaining("no such device");
    assertThat(store.newest()).get().extracting(c -> c.name().step()).isEqualTo(2);
  }

  @Test
  void manifestOfAnotherCheckpointIsNotTakenForThisOnes() throws IOException {
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.commit(1, fingerprint(), state(1));
      checkpoints.commit(2, fingerprint(), state(2));
      Files.move(
          folder.resolve("term-00000001-step-00000002"),
          folder.resolve("term-00000001-step-00000007"));
      assertThat(checkpoints.newest()).get().extracting(c -> c.name().step()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"format\": 1, \"term\": 0, \"step\": 3}",
        "{\"format\": 1, \"term\": 1, \"step\": -3}",
        "{\"format\": 1, \"term\": 1}",
        "{\"format\": 1, \"term\": 1, \"step\": 1, \"vectors\": {\"../up\": {}}}",
        "{\"format\": 1, \"term\": 1, \"step\": 1, \"vectors\": {\"a\": {}}}",
        "{\"format\": 1, \"term\": 1, \"step\": 1, \"vectors\": {\"a\": {\"bytes\": 6}}}",
        "{\"format\": 1, \"term\": 1, \"step\": 1, \"vectors\": {\"a\": {\"bytes\": 99999999999}}}",
        "{\"format\": 1, \"term\": 1, \"step\": 1, \"vectors\": {\"a\": {\"bytes\": 8}}}",
        "not json",
      })
  void hostileManifestIsRefused(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> CheckpointManifest.parse(bytes, "manifest.json"))
        .isInstanceOf(CorruptFileException.class);
  }

  /** Ways in which a file that is there is not given. */
  private enum Refusal {
    CONNECTION {
      @Override
      IOException of(String file) {
        return new IOException("Connection reset");
      }
    },
    SERVER_THAT_WENT_AWAY {
      @Override
      IOException of(String file) {
        return new EOFException("End of File Exception between local host and name node");
      }
    },
    NO_ROOM_FOR_AN_OPEN_FILE {
      @Override
      IOException of(String file) {
        return new FileNotFoundException(file + " (Too many open files)");
      }
    };

    abstract IOException of(String file);
  }

  /** Who passed it over would begin anew, and remove it with the second new one. */
  @ParameterizedTest
  @EnumSource
  void checkpointThatCannotBeReadEndsTheRunInsteadOfBeingPassedOver(Refusal refusal) {
    boolean[] broken = {false};
    Storage storage =
        new PassingOn(new LocalStorage(folder), () -> {}) {
          @Override
          public byte[] read(String file, long most) throws IOException {
            if (broken[0] && file.endsWith(".f32")) {
              throw refusal.of(file);
            }
            return super.read(file, most);
          }
        };
    try (CheckpointFolder checkpoints =
        CheckpointFolder.open(storage, CommitStrategy.RENAME, 2, Clock.systemUTC())) {
      checkpoints.commit(1, fingerprint(), state(1));
      checkpoints.commit(2, fingerprint(), state(2));
      broken[0] = true;
      assertThatThrownBy(checkpoints::newest)
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith(
              "Cannot tell whether checkpoint term-00000001-step-00000002 in %s is whole: "
                  .formatted(folder))
          .hasMessageContaining(refusal.of("parameters.f32").getMessage().split(" \\(")[0])
          .hasMessageEndingWith(
              "; the same command goes on once it can be read, or remove that folder to go on from"
                  + " the one before");
      assertThatThrownBy(() -> checkpoints.commit(2, fingerprint(), state(2)))
          .isInstanceOf(UserInputException.class);
      broken[0] = false;
      assertThat(checkpoints.newest()).get().extracting(c -> c.name().step()).isEqualTo(2);
    }
  }

  @Test
  void checkpointOfAnotherVersionIsNotPassedOver() throws IOException {
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.commit(1, fingerprint(), state(1));
      Path place = folder.resolve("term-00000001-step-00000001");
      String later =
          Files.readString(place.resolve("manifest.json"))
              .replace("\"format\" : 1", "\"format\" : 2");
      Files.writeString(place.resolve("manifest.json"), later);
      assertThat(checkpoints.newest()).isEmpty();
      assertThat(checkpoints.holdsAny()).isTrue();
      Files.writeString(
          place.resolve("committed"), Sha256.ofBytes(later.getBytes(StandardCharsets.UTF_8)));
      assertThatThrownBy(checkpoints::newest)
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining(
              "it has format 2 where this version knows 1; go on with the version that wrote it");
    }
    assertThatThrownBy(
            () -> CheckpointManifest.parse("{}".getBytes(StandardCharsets.UTF_8), "manifest.json"))
        .hasMessageContaining("it has format none where");
  }

  @Test
  void foreignFileUnderTheNameOfACheckpointIsNamedAndLeft() throws IOException {
    Path foreign = Files.writeString(folder.resolve("term-00000001-step-00000007"), "mine");

    assertThatThrownBy(this::open)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use %s: it is a file, and a folder belongs there; move it away, or name another folder"
                .formatted(foreign));
    assertThat(foreign).hasContent("mine");
  }

  @Test
  void termThatNoRunHasReachedIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("term-999999999999-step-00000000"));

    assertThatThrownBy(this::open)
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("a name in it has the term 999999999999, which no run has reached");
    assertThatThrownBy(() -> new CheckpointName(1_000_000_000_000L, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesOfCheckpointsAreRead() {
    assertThat(CheckpointName.parse("term-00000012-step-00000340"))
        .contains(new CheckpointName(12, 340));
    for (String other :
        List.of(
            "term-00000000-step-00000001",
            "term-000000012-step-00000001",
            "step-00000001",
            "term-00000001-step-9999999999",
            "term-00000001-step-00000001.old")) {
      assertThat(CheckpointName.parse(other)).isEmpty();
    }
    assertThatThrownBy(() -> new CheckpointName(0, 1))
        .hasMessage("Invalid checkpoint: term 0, step 1");
    assertThatThrownBy(() -> new CheckpointName(1, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private CheckpointFolder open() {
    return CheckpointFolder.open(
        new LocalStorage(folder), CommitStrategy.RENAME, 2, Clock.systemUTC());
  }

  private List<String> entries() throws IOException {
    return new LocalStorage(folder).list("");
  }

  private static SortedMap<String, String> fingerprint() {
    return new TreeMap<>(Map.of("base", "b", "settings.train.seed", "1"));
  }

  private static Snapshot state(int step) {
    return Snapshot.empty().with("parameters", new float[] {step, Float.NaN}).with("steps", step);
  }
}
