package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is really forced to this host's disk, by the flight recorder's word: the simulated disk
 * shows what follows from it, and knows nothing of the calls that are made here.
 */
final class TestForcedFiles {
  @TempDir Path folder;

  /** Something that writes. */
  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }

  @Test
  void everyFileOfACheckpointAndEveryFolderAboveItIsForced() throws IOException {
    try (CheckpointFolder checkpoints =
        CheckpointFolder.taken(
            new LocalStorage(folder),
            CommitStrategy.RENAME,
            1,
            Clock.systemUTC(),
            FaultPoint.Listener.none())) {
      Snapshot state = Snapshot.empty().with("parameters", new float[] {1}).with("steps", 3);

      List<String> forced = forced(() -> checkpoints.commit(3, new TreeMap<>(), state));

      String staged = ".staged-term-00000001-step-00000003";
      assertThat(forced)
          .containsSubsequence(
              staged + "/parameters.f32",
              staged + "/manifest.json",
              staged,
              staged + "/committed",
              staged,
              "");
    }
  }

  @Test
  void folderThatTakesThePlaceOfAnotherIsForcedBeforeThatOneGoes() throws IOException {
    Path run = folder.resolve("run");
    try (LocalRunFolder local = LocalRunFolder.claim(run, Clock.systemUTC())) {
      DirectoryWriter writer = staging -> Files.writeString(staging.resolve("weights"), "w");
      local.commitDirectory("adapter", writer);

      List<String> forced = forced(() -> local.commitDirectory("adapter", writer));

      assertThat(forced).anyMatch(path -> path.endsWith("/weights"));
      assertThat(forced.stream().filter("run"::equals)).hasSizeGreaterThanOrEqualTo(2);
      assertThat(forced.stream().filter("run/.rankwise/staging"::equals))
          .hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void fileThatIsReplacedIsForcedWithItsFolder() throws IOException {
    LocalStorage storage = new LocalStorage(folder);

    List<String> forced = forced(() -> storage.replace("a/file", new byte[] {1}));

    assertThat(forced).hasSize(2).first().asString().startsWith("a/.staged-");
    assertThat(forced).last().isEqualTo("a");
  }

  @Test
  void fileThatIsMadeWholeIsForcedBeforeItHasItsName() throws IOException {
    LocalStorage storage = new LocalStorage(folder);

    List<String> forced = forced(() -> storage.createWhole("a/file", new byte[] {1}));

    assertThat(forced).hasSize(1).first().asString().startsWith("a/.staged-");
    assertThat(storage.list("a")).containsExactly("file");
  }

  /** Names of what is forced meanwhile, from the test's folder, in order. */
  private List<String> forced(Writing writing) throws IOException {
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
      recording.start();
      writing.run();
      recording.stop();
      Path file = Files.createTempFile("forced", ".jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
      Files.delete(file);
    }
    events.sort((a, b) -> a.getStartTime().compareTo(b.getStartTime()));
    List<String> forced = new ArrayList<>();
    for (RecordedEvent event : events) {
      Path path = Path.of(event.getString("path"));
      if (path.startsWith(folder)) {
        forced.add(folder.relativize(path).toString());
      }
    }
    return forced;
  }
}
