package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.nightly.NightListener;
import dev.rankwise.jobs.nightly.NightListener.Moment;
import dev.rankwise.jobs.nightly.NightStep;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.models.Counts;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nights that end before their time, and are gone on with. */
@Tag("spark")
final class TestInterruptedNight {
  private static final Clock CLOCK = Clock.systemUTC();

  /** Stands for the end of a process; no handler of failures takes it for one of ours. */
  private static final class Ended extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final String OBJECTS_CLASS = "spark.hadoop.fs.objects.impl";
  private static final SharedSpark SPARK = new SharedSpark();

  @TempDir Path folder;
  private NightRecipe nights;

  /** Commands leave a session running that was there before them. */
  @BeforeAll
  static void startSpark() {
    System.setProperty(OBJECTS_CLASS, ObjectFileSystem.class.getName());
    SPARK.start("nights", NightRecipe.SPARK);
  }

  @AfterAll
  static void stopSpark() {
    SPARK.close();
    System.clearProperty(OBJECTS_CLASS);
  }

  @BeforeEach
  void writeARecipe() throws IOException {
    nights = NightRecipe.write(folder, 60);
  }

  private static NightListener endingAt(NightStep step, Moment moment) {
    return (reached, at) -> {
      if (reached == step && at == moment) {
        throw new Ended();
      }
    };
  }

  /** What a night leaves that does not tell when it was. */
  private static SortedMap<String, String> left(Path out) throws IOException {
    SortedMap<String, String> left = new TreeMap<>();
    RunFolderFiles.hashes(out)
        .forEach(
            (file, hash) -> {
              if (file.endsWith(".safetensors") || file.endsWith("evaluation.json")) {
                left.put(file, hash);
              }
            });
    JsonNode registry = RunFolderFiles.json(out.resolve("registry/registry.json"));
    left.put("aliases", registry.path("aliases").toString());
    left.put("versions", String.valueOf(registry.path("versions").size()));
    left.put("promotions", String.valueOf(registry.path("promotions").size()));
    left.put("steps", steps(out).toString());
    return left;
  }

  private static List<String> steps(Path out) throws IOException {
    List<String> steps = new ArrayList<>();
    RunFolderFiles.json(out.resolve("night.json"))
        .path("steps")
        .fieldNames()
        .forEachRemaining(steps::add);
    return steps;
  }

  @Test
  void endedBeforeAndAfterEachRecordItLeavesWhatACalmNightDoes() throws Exception {
    nights.night(CLOCK, NightListener.none());
    SortedMap<String, String> calm = left(nights.out());
    Files.move(nights.out(), folder.resolve("calm"));
    int ends = 0;
    for (NightStep step : NightStep.values()) {
      for (Moment moment : Moment.values()) {
        assertThatThrownBy(() -> nights.night(CLOCK, endingAt(step, moment)))
            .as("it ends at %s, %s", step, moment)
            .isInstanceOf(Ended.class);
        // As a process leaves it that has no time to say that it ends.
        Path file = nights.out().resolve("night.json");
        if (Files.exists(file)) {
          Files.writeString(
              file,
              Files.readString(file)
                  .replace("\"status\" : \"failed\"", "\"status\" : \"running\"")
                  .replace("\"exit_code\" : 70", "\"exit_code\" : 0"));
        }
        ends++;
      }
    }
    String last = nights.night(CLOCK, NightListener.none());

    assertThat(last).contains("Nothing new");
    assertThat(left(nights.out())).isEqualTo(calm);
    Counts.tell(
        TestInterruptedNight.class.getName()
            + ".endedBeforeAndAfterEachRecordItLeavesWhatACalmNightDoes",
        "%s ends of a night with %s steps".formatted(ends, NightStep.values().length));
  }

  /** Rows that come while a night is down are those of the next: none is lost, none comes twice. */
  @Test
  @Tag("long")
  void killedProcessesGoOnWithTheRowsThatTheyHad() throws Exception {
    nights.night(CLOCK, NightListener.none());
    SortedMap<String, String> calm = left(nights.out());
    Files.move(nights.out(), folder.resolve("calm"));

    kill(NightStep.PREPARE, Moment.RECORDED);
    nights.hold(75);
    kill(NightStep.TUNE, Moment.DONE);
    kill(NightStep.REGISTER, Moment.DONE);
    CommandRun last = nights.night().endedWith(0);

    assertThat(last.out()).contains("Night      going on with that of ", "[6 of 6] promote");
    assertThat(left(nights.out())).isEqualTo(calm);

    CommandRun next = nights.night().endedWith(0);
    assertThat(next.out()).contains("75 rows", "Champion   version 2");
  }

  private void kill(NightStep step, Moment moment) throws Exception {
    String where = step + " " + moment;
    try (TuneProcess night =
        TuneProcess.start(
            folder,
            NightDriver.class,
            List.of(nights.tickets().file().toString(), nights.out().toString(), where))) {
      night.waitForLine(NightDriver.REACHED + where);
      assertThat(night.process().isAlive()).as("it stands still at %s", where).isTrue();
      night.process().destroyForcibly().waitFor();
      assertThat(night.process().exitValue()).as("killed with -9").isEqualTo(128 + 9);
    }
  }

  /** New rows are tuned on at once where the old ones were what a night failed by. */
  @Test
  void nightThatFailedByItselfIsBegunAnewWithTheRowsOfThen() throws Exception {
    nights.night("evaluate.gates={accuracy: {at-least: 1.5}}").endedWith(7);
    String refused =
        RunFolderFiles.json(nights.out().resolve("night.json")).path("run_key").asText();
    nights.hold(75);
    CommandRun next = nights.night().endedWith(0);

    assertThat(next.out()).contains("75 rows", "Champion   version 1");
    JsonNode kept =
        RunFolderFiles.json(
            nights.out().resolve("night-%s.json".formatted(refused.substring(0, 12))));
    assertThat(kept.path("run_key").asText()).isEqualTo(refused);
    assertThat(kept.path("exit_code").intValue()).isEqualTo(7);
    assertThat(kept.path("message").asText()).contains("1 of 1 gates failed");
  }

  @Test
  void ofTwoNightsOneLeavesOrWaits() throws Exception {
    List<CommandRun> waited = new ArrayList<>();
    Thread other = new Thread(() -> waited.add(nights.night("nightly.wait-minutes=9")));
    try (RunFolder held = RunFolder.claim(nights.out(), CLOCK)) {
      CommandRun leaves = nights.night().endedWith(8);
      assertThat(leaves.error()).contains("held by");
      other.start();
      waitUntilHeldIsSeen(other);
      assertThat(held.holds("night.json")).isFalse();
      assertThat(waited).isEmpty();
    }
    other.join();
    assertThat(waited.get(0).endedWith(0).out())
        .contains("Waiting    for at most 9 min: ", "Champion   version 1");
    assertThat(nights.night().endedWith(0).out()).contains("Nothing new");
  }

  /** It sleeps between two looks. */
  private static void waitUntilHeldIsSeen(Thread waiting) throws InterruptedException {
    while (waiting.getState() != Thread.State.TIMED_WAITING || !sleepsInAWait(waiting)) {
      assertThat(waiting.isAlive()).as("it waits for the folder").isTrue();
      Thread.sleep(10);
    }
  }

  private static boolean sleepsInAWait(Thread waiting) {
    return Stream.of(waiting.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("claimWithin"));
  }

  @Test
  @Tag("long")
  void nightsMayLieElsewhere() throws Exception {
    String out = ObjectFileSystem.ADDRESS + folder + "/objects/nights";
    nights.night("nightly.start=last").endedWith(0);
    CommandRun first = elsewhere(out).endedWith(0);
    assertThat(first.out()).contains("Champion   version 1");
    assertThat(elsewhere(out).endedWith(0).out()).contains("Nothing new");
    nights.hold(75);
    nights.night("nightly.start=last").endedWith(0);
    elsewhere(out).endedWith(0);

    Path there = folder.resolve("objects/nights");
    for (String version : List.of("version-00000001", "version-00000002")) {
      String weights = "registry/" + version + "/adapter/adapter_model.safetensors";
      assertThat(there.resolve(weights)).hasSameBinaryContentAs(nights.out().resolve(weights));
      assertThat(there.resolve("registry").resolve(version).resolve("committed")).exists();
    }
    assertThat(CommandRun.of("registry", out + "/registry", "--roll-back").endedWith(0).out())
        .contains("Champion   version 1, ", out + "/registry/version-00000001");
  }

  private CommandRun elsewhere(String out) {
    return CommandRun.of(
        "nightly",
        nights.tickets().file().toString(),
        "--out",
        out,
        "--set",
        "nightly.start=last",
        "--set",
        "evaluate.gates={mean_loss: {not-worse-than-last: 9}}");
  }
}
