package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Counts;
import dev.rankwise.models.failure.UserInputException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Both ways to commit, on storages that fail. Whatever happens: the newest whole checkpoint is the
 * one whose commit returned last, or the one that was on its way; what it holds is what was given.
 */
final class TestCheckpointFaults {
  private static final int SEEDS = 12;
  private static final int STEPS = 4;
  private static final AtomicInteger OPENED = new AtomicInteger();
  private static final Map<String, Map<Kind, String>> COUNTS = new TreeMap<>();

  /** A way to commit with a storage of its kind. */
  enum Kind {
    DISK("rename on a disk", CommitStrategy.RENAME, SimulatedDisk::new),
    OBJECTS("marker in an object store", CommitStrategy.MARKER, SimulatedObjects::new),
    DISK_WITH_MARKER("marker on a disk", CommitStrategy.MARKER, SimulatedDisk::new);

    private final String words;
    private final CommitStrategy strategy;
    private final Supplier<FaultyStorage> storage;

    Kind(String words, CommitStrategy strategy, Supplier<FaultyStorage> storage) {
      this.words = words;
      this.strategy = strategy;
      this.storage = storage;
    }

    /** Each time an hour later: no lock that a machine left when it went down is believed. */
    CheckpointFolder open(Storage on, int kept) {
      Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(OPENED.incrementAndGet()));
      return CheckpointFolder.taken(on, strategy, kept, later, FaultPoint.Listener.none());
    }
  }

  /** How far a run of some checkpoints got. */
  private static final class Progress {
    private int committed = -1;
    private int begun = -1;
  }

  @ParameterizedTest
  @EnumSource
  void crashAtAnyOperationLeavesTheNewestWholeCheckpoint(Kind kind) {
    long crashes = 0;
    for (int kept = 1; kept <= 2; kept++) {
      FaultyStorage calm = kind.storage.get();
      run(kind, calm, kept, new Progress(), 0);
      for (long operation = 0; operation < calm.operations(); operation++) {
        for (int seed = 0; seed < SEEDS; seed++) {
          FaultyStorage storage = kind.storage.get();
          storage.crashAt(operation);
          Progress progress = new Progress();
          assertThatThrownBy(runs(kind, storage, kept, progress, 0)).isInstanceOf(Crash.class);
          assertThat(storage.faults()).isEqualTo(1);
          crashes++;
          check(kind, storage.afterCrash(seed), progress);
        }
      }
    }
    tell(
        "crashAtAnyOperationLeavesTheNewestWholeCheckpoint",
        kind,
        "%s crashes with %s seeds".formatted(crashes, SEEDS));
  }

  @ParameterizedTest
  @EnumSource
  void crashesDuringRecoveryThreeDeepLoseNothing(Kind kind) {
    int crashes = 0;
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      FaultyStorage storage = kind.storage.get();
      int step = 0;
      int floor = -1;
      for (int depth = 0; depth < 4; depth++) {
        storage.crashAt(depth == 3 ? Long.MAX_VALUE / 2 : random.nextInt(60));
        Progress progress = new Progress();
        progress.committed = floor;
        try {
          run(kind, storage, 1 + seed % 2, progress, step);
        } catch (Crash crash) {
          crashes++;
        }
        storage = storage.afterCrash(random.nextLong());
        floor = check(kind, storage, progress);
        step = floor + 1;
      }
      assertThat(floor).isGreaterThanOrEqualTo(STEPS - 1);
    }
    assertThat(crashes).isGreaterThan(500);
    tell("crashesDuringRecoveryThreeDeepLoseNothing", kind, crashes + " crashes");
  }

  @ParameterizedTest
  @EnumSource
  void fullDiskLeavesTheFormerCheckpointAndAnotherAttemptSucceeds(Kind kind) {
    int full = 0;
    for (long room = 0; room < 1800; room += 11) {
      FaultyStorage storage = kind.storage.get();
      try (CheckpointFolder folder = kind.open(storage, 1)) {
        folder.commit(1, fingerprint(), state(1));
        storage.limit(room);
        try {
          folder.commit(2, fingerprint(), state(2));
        } catch (UserInputException e) {
          full++;
          assertThat(newest(folder)).isEqualTo(1);
          storage.limit(Long.MAX_VALUE / 2);
          folder.commit(2, fingerprint(), state(2));
        }
        assertThat(newest(folder)).isEqualTo(2);
      }
    }
    assertThat(full).isGreaterThan(50);
    tell(
        "fullDiskLeavesTheFormerCheckpointAndAnotherAttemptSucceeds",
        kind,
        full + " full disks, in steps of 11 bytes");
  }

  @ParameterizedTest
  @EnumSource
  void failureToForceToTheDiskIsNeverTakenForSuccess(Kind kind) {
    int failures = 0;
    for (int sync = 0; sync < 12; sync++) {
      for (int seed = 0; seed < SEEDS; seed++) {
        FaultyStorage storage = kind.storage.get();
        try (CheckpointFolder folder = kind.open(storage, 1)) {
          folder.commit(1, fingerprint(), state(1));
          storage.failSyncAt(sync);
          Progress progress = new Progress();
          progress.committed = 1;
          progress.begun = 2;
          try {
            folder.commit(2, fingerprint(), state(2));
            progress.committed = 2;
          } catch (UserInputException e) {
            assertThat(storage.faults()).isEqualTo(1);
            failures++;
          }
          check(kind, storage.afterCrash(seed), progress);
        }
      }
    }
    assertThat(failures).isGreaterThanOrEqualTo(7 * SEEDS);
    tell("failureToForceToTheDiskIsNeverTakenForSuccess", kind, failures + " failures");
  }

  private static void tell(String test, Kind kind, String counts) {
    COUNTS.computeIfAbsent(test, none -> new TreeMap<>()).put(kind, counts);
    if (COUNTS.get(test).size() == Kind.values().length) {
      Counts.tell(
          "TestCheckpointFaults." + test,
          COUNTS.get(test).entrySet().stream()
              .map(entry -> entry.getKey().words + ": " + entry.getValue())
              .collect(Collectors.joining("; ")));
    }
  }

  /** Opens the folder again and gives the step of the newest checkpoint, -1 without one. */
  private static int check(Kind kind, FaultyStorage storage, Progress progress) {
    CheckpointStore store =
        new CheckpointStore(storage, kind.strategy, 1, FaultPoint.Listener.none());
    int found = newest(store.newest());
    assertThat(found).isBetween(progress.committed, Math.max(progress.committed, progress.begun));
    return found;
  }

  private static int newest(CheckpointFolder folder) {
    return newest(folder.newest());
  }

  private static int newest(Optional<Checkpoint> newest) {
    if (newest.isEmpty()) {
      return -1;
    }
    Checkpoint checkpoint = newest.get();
    Snapshot expected = state(checkpoint.name().step());
    assertThat(checkpoint.state().values()).isEqualTo(expected.values());
    assertThat(checkpoint.state().vectors().keySet()).isEqualTo(expected.vectors().keySet());
    expected
        .vectors()
        .forEach(
            (name, vector) ->
                assertThat(checkpoint.state().vector(name, vector.length)).containsExactly(vector));
    assertThat(checkpoint.fingerprint()).isEqualTo(fingerprint());
    return checkpoint.name().step();
  }

  private static ThrowingCallable runs(
      Kind kind, FaultyStorage storage, int kept, Progress progress, int from) {
    return () -> run(kind, storage, kept, progress, from);
  }

  /** What a run does: takes the folder, goes on, commits one checkpoint after the other. */
  private static void run(Kind kind, FaultyStorage storage, int kept, Progress progress, int from) {
    try (CheckpointFolder folder = kind.open(storage, kept)) {
      for (int step = from; step < Math.max(from + 1, STEPS); step++) {
        progress.begun = step;
        folder.commit(step, fingerprint(), state(step));
        progress.committed = step;
      }
      folder.finish();
    }
  }

  private static SortedMap<String, String> fingerprint() {
    return new TreeMap<>(Map.of("base", "b".repeat(64), "settings.train.seed", "1"));
  }

  private static Snapshot state(int step) {
    float[] parameters = new float[9];
    Arrays.fill(parameters, step);
    parameters[3] = Float.NaN;
    return Snapshot.empty()
        .with("parameters", parameters)
        .with("optimizer.first", new float[] {-step, 1e-40f})
        .with("steps", step);
  }
}
