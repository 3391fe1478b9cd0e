package dev.rankwise.pipeline.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Counts;
import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run folder elsewhere, committed in both ways, on storages that fail. */
final class TestRemoteRunFolder {
  private static final int SEEDS = 8;
  private static final AtomicInteger OPENED = new AtomicInteger();
  private static final Map<Kind, String> COUNTS = new TreeMap<>();

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
    RemoteRunFolder open(Storage on) {
      Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(OPENED.incrementAndGet()));
      return RemoteRunFolder.taken(on, strategy, later);
    }
  }

  @ParameterizedTest
  @EnumSource
  void filesAndFoldersAreReplacedWhole(Kind kind) throws IOException {
    FaultyStorage storage = kind.storage.get();
    try (RemoteRunFolder folder = kind.open(storage)) {
      assertThat(folder.holds("adapter")).isFalse();
      assertThat(folder.read("result.json", 9)).isEmpty();
      folder.commitFile("result.json", new byte[] {1});
      folder.commitFile("result.json", new byte[] {2});
      folder.commitDirectory(
          "adapter",
          staging -> {
            Files.writeString(staging.resolve("old"), "1");
            Files.writeString(Files.createDirectories(staging.resolve("sub/b")).resolve("c"), "2");
          });
      assertThat(storage.read("adapter/sub/b/c", 1)).containsExactly('2');
      folder.commitDirectory("adapter", staging -> Files.writeString(staging.resolve("new"), "3"));

      assertThat(folder.read("result.json", 9)).hasValue(new byte[] {2});
      assertThat(folder.holds("adapter")).isTrue();
      assertThat(files(storage, "adapter")).containsExactly(Map.entry("new", "3"));
      assertThat(folder.address("adapter")).isEqualTo(folder.address() + "/adapter");
      assertThatThrownBy(() -> folder.read("result.json", 0))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith("Cannot read " + folder.address("result.json") + ": ");
      assertThatThrownBy(() -> folder.address("../elsewhere"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesGoBehindThoseOfAFileUntilItsFolderIsReplaced(Kind kind) throws IOException {
    FaultyStorage storage = kind.storage.get();
    try (RemoteRunFolder folder = kind.open(storage)) {
      folder.commitDirectory("tensorboard", staging -> {});
      folder.append("tensorboard", "events", new byte[] {1, 2});
      folder.append("tensorboard", "events", new byte[] {3});
    }
    try (RemoteRunFolder folder = kind.open(storage)) {
      folder.append("tensorboard", "events", new byte[] {4});
      assertThat(storage.read("tensorboard/events", 9)).containsExactly(1, 2, 3, 4);

      folder.commitDirectory("tensorboard", staging -> {});
      assertThat(files(storage, "tensorboard")).isEmpty();
      folder.append("tensorboard", "events", new byte[] {5});
      assertThat(storage.read("tensorboard/events", 9)).containsExactly(5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void crashAtAnyOperationLeavesNothingHalf(Kind kind) throws IOException {
    FaultyStorage calm = kind.storage.get();
    run(kind, calm, new ArrayList<>());
    int crashes = 0;
    int lost = 0;
    for (long operation = 0; operation < calm.operations(); operation++) {
      for (int seed = 0; seed < SEEDS; seed++) {
        FaultyStorage storage = kind.storage.get();
        storage.crashAt(operation);
        List<String> done = new ArrayList<>();
        assertThatThrownBy(() -> run(kind, storage, done)).isInstanceOf(Crash.class);
        assertThat(storage.faults()).isEqualTo(1);
        crashes++;
        lost += check(kind, storage.afterCrash(seed), done) ? 1 : 0;
      }
    }
    if (kind.strategy == CommitStrategy.RENAME) {
      assertThat(lost).as("the former adapter was gone before the new one was there").isZero();
    }
    COUNTS.put(kind, "%s: %s crashes with %s seeds".formatted(kind.words, crashes, SEEDS));
    if (COUNTS.size() == Kind.values().length) {
      Counts.tell(
          "TestRemoteRunFolder.crashAtAnyOperationLeavesNothingHalf",
          COUNTS.values().stream().collect(Collectors.joining("; ")));
    }
  }

  /** Two adapters, one in the place of the other, with the file that tells of each. */
  private static void run(Kind kind, Storage storage, List<String> done) {
    try (RemoteRunFolder folder = kind.open(storage)) {
      for (String content : List.of("one", "two")) {
        folder.commitDirectory("adapter", staging -> fill(staging, content));
        done.add(content);
        folder.commitFile("result.json", content.getBytes(UTF_8));
      }
    }
  }

  private static void fill(Path staging, String content) throws IOException {
    for (String name : List.of("a", "b", "sub/c")) {
      Path file = staging.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
  }

  /** Whether an adapter that was committed is not there any more, without another in its place. */
  private static boolean check(Kind kind, FaultyStorage storage, List<String> done)
      throws IOException {
    kind.open(storage).close();
    Map<String, String> adapter = files(storage, "adapter");
    String last = done.isEmpty() ? "" : done.get(done.size() - 1);
    if (!adapter.isEmpty()) {
      assertThat(adapter.keySet()).containsExactly("a", "b", "sub/c");
      assertThat(adapter.values()).containsOnly(adapter.get("a"));
      assertThat(adapter.get("a")).isIn("one", "two").isIn(last, last.isEmpty() ? "one" : "two");
    }
    String told = storage.list("").contains("result.json") ? text(storage, "result.json") : "";
    assertThat(told).isIn("", "one", "two");
    assertThat(storage.list(""))
        .as("nothing is left that was on its way")
        .noneMatch(name -> name.startsWith(".staged-") || name.startsWith(".replaced-"));
    return adapter.isEmpty() && !last.isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void storageWithoutRoomLeavesTheFormerFolderOrNone(Kind kind) throws IOException {
    FaultyStorage storage = kind.storage.get();
    try (RemoteRunFolder folder = kind.open(storage)) {
      folder.commitDirectory("adapter", staging -> fill(staging, "one"));
      storage.limit(200);
      assertThatThrownBy(
              () ->
                  folder.commitDirectory(
                      "adapter", staging -> Files.write(staging.resolve("a"), new byte[1000])))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith("Cannot write " + folder.address("adapter") + ": ");
      storage.limit(Long.MAX_VALUE / 2);
    }
    kind.open(storage).close();
    Map<String, String> left = files(storage, "adapter");
    switch (kind.strategy) {
      case RENAME -> assertThat(left.values()).hasSize(3).containsOnly("one");
      case MARKER -> assertThat(left).isEmpty();
    }
  }

  @Test
  void secondWriterIsToldWhoHoldsIt() throws IOException {
    SimulatedObjects storage = new SimulatedObjects();
    Clock clock = Clock.systemUTC();
    try (RemoteRunFolder held = RemoteRunFolder.claim(storage, CommitStrategy.MARKER, clock)) {
      assertThatThrownBy(() -> RemoteRunFolder.claim(storage, CommitStrategy.MARKER, clock))
          .isInstanceOf(RunHeldException.class)
          .hasMessageMatching(
              "Cannot write to bucket: held by process %s on host .* since .*; wait for it to end, or name another folder"
                  .formatted(ProcessHandle.current().pid()));
      held.commitFile("result.json", new byte[1]);
    }
    RemoteRunFolder.claim(storage, CommitStrategy.MARKER, clock).close();
  }

  @ParameterizedTest
  @EnumSource
  void writerThatWasOvertakenWritesNothingMore(Writing first) throws IOException {
    SimulatedDisk storage = new SimulatedDisk();
    try (RemoteRunFolder asleep = Kind.DISK.open(storage)) {
      try (RemoteRunFolder other = Kind.DISK.open(storage)) {
        assertThatThrownBy(() -> first.into(asleep))
            .isInstanceOf(RunHeldException.class)
            .hasMessageEndingWith("has taken over; leave it to that one");
        for (Writing any : Writing.values()) {
          assertThatThrownBy(() -> any.into(asleep)).isInstanceOf(RunHeldException.class);
        }
        assertThat(other.holds("result.json")).isFalse();
      }
    }
  }

  @Test
  void folderOfSomebodyElseIsNeverWritten() throws IOException {
    SimulatedObjects storage = new SimulatedObjects();
    storage.create("thesis.txt", new byte[1]);
    assertThatThrownBy(() -> Kind.OBJECTS.open(storage))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write to bucket: it holds files that Rankwise did not make; choose another"
                + " output directory, or empty this one");
    assertThat(storage.list("")).containsExactly("thesis.txt");
  }

  @Test
  void markOfAnotherVersionOrOfNobodyIsLeftAlone() throws IOException {
    SimulatedObjects storage = new SimulatedObjects();
    storage.replace(".rankwise/format", "rankwise run folder, format 2\n".getBytes(UTF_8));
    assertThatThrownBy(() -> Kind.OBJECTS.open(storage))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is a run folder of format 2");
    storage.replace(".rankwise/format", "something".getBytes(UTF_8));
    assertThatThrownBy(() -> Kind.OBJECTS.open(storage))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(".rankwise/format does not hold the mark of a run folder");
    storage.replace(".rankwise/format", new byte[65]);
    assertThatThrownBy(() -> Kind.OBJECTS.open(storage))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has 65 bytes where at most 64 belong");
  }

  @Test
  void commitThatLosesItsNewFolderSaysWhereBothLie() {
    SimulatedDisk disk = new SimulatedDisk();
    List<Boolean> refused = new ArrayList<>();
    Storage refusing =
        new PassingOn(disk, () -> {}) {
          @Override
          public void rename(String folder, String to) throws IOException {
            if (folder.equals(".staged-adapter") && disk.list("").contains(".replaced-adapter")) {
              refused.add(true);
              throw new IOException("the name node is in safe mode");
            }
            super.rename(folder, to);
          }
        };
    try (RemoteRunFolder folder = Kind.DISK.open(refusing)) {
      folder.commitDirectory("adapter", staging -> fill(staging, "one"));
      assertThatThrownBy(() -> folder.commitDirectory("adapter", staging -> fill(staging, "two")))
          .isInstanceOf(CommitUnknownException.class)
          .hasMessage(
              "Cannot put disk/adapter into place: the name node is in safe mode; the former one"
                  + " lies beside it as .replaced-adapter and the new one as .staged-adapter; give"
                  + " one of them its name by hand");
    }
    assertThat(refused).hasSize(1);
    Kind.DISK.open(disk).close();
    assertThat(disk.list("")).containsExactly(".rankwise", "adapter");
  }

  @Test
  void whatFailsOnThisHostsDiskIsToldAsThat() {
    try (RemoteRunFolder folder = Kind.DISK.open(new SimulatedDisk())) {
      assertThatThrownBy(
              () ->
                  folder.commitDirectory(
                      "adapter",
                      staging -> {
                        throw new IOException("No space left on device");
                      }))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith("Cannot write " + System.getProperty("java.io.tmpdir"))
          .hasMessageContaining("free space on its disk");
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

  /** Files of a committed folder by name, without the one that says that it is. */
  private static Map<String, String> files(Storage storage, String folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    collect(storage, folder, "", files);
    files.remove(RemoteRunFolder.COMMITTED);
    return files;
  }

  private static void collect(
      Storage storage, String folder, String within, Map<String, String> files) throws IOException {
    for (String name : storage.list(folder)) {
      String path = folder + "/" + name;
      if (name.equals("sub") || (name.equals("b") && within.startsWith("sub"))) {
        collect(storage, path, within + name + "/", files);
      } else {
        files.put(within + name, text(storage, path));
      }
    }
  }

  private static String text(Storage storage, String file) throws IOException {
    return new String(storage.read(file, 10_000), UTF_8);
  }
}
