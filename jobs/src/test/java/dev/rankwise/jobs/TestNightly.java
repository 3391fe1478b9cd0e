package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.mlflow.FakeMlflow;
import dev.rankwise.jobs.nightly.NightListener;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nights from new rows to a promoted adapter. */
@Tag("spark")
final class TestNightly {
  private static final String LAST = "nightly.start=last";
  private static final String NOT_WORSE =
      "evaluate.gates={mean_loss: {not-worse-than-last: 0.001}}";

  private static final SharedSpark SPARK = new SharedSpark();

  @TempDir Path folder;
  private NightRecipe nights;

  /** Commands leave a session running that was there before them. */
  @BeforeAll
  static void startSpark() {
    SPARK.start("nights", NightRecipe.SPARK);
  }

  @AfterAll
  static void stopSpark() {
    SPARK.close();
  }

  @BeforeEach
  void writeARecipe() throws IOException {
    nights = NightRecipe.write(folder, 60);
  }

  private JsonNode registry() throws IOException {
    return RunFolderFiles.json(nights.out().resolve("registry/registry.json"));
  }

  private JsonNode night() throws IOException {
    return RunFolderFiles.json(nights.out().resolve("night.json"));
  }

  private List<Path> runs() throws IOException {
    try (Stream<Path> runs = Files.list(nights.out().resolve("runs"))) {
      return runs.sorted().toList();
    }
  }

  @Test
  void newRowsBecomeTheChampionAndNothingNewEndsAtOnce() throws Exception {
    String first = nights.night(LAST, NOT_WORSE).endedWith(0).out();
    assertThat(first)
        .contains("[1 of 6] prepare", "[2 of 6] tune", "[4 of 6] gate", "[6 of 6] promote")
        .contains("Champion   version 1");

    String again = nights.night(LAST, NOT_WORSE).endedWith(0).out();
    assertThat(again)
        .contains("Nothing new: these rows, this recipe and this base (run key ")
        .contains(") are those of version 1")
        .doesNotContain("[2 of 6]");
    assertThat(registry().path("versions")).hasSize(1);

    nights.hold(90);
    String second = nights.night(LAST, NOT_WORSE).endedWith(0).out();
    assertThat(second)
        .contains("  all rows read anew: 1 file that had been read changed or went")
        .contains("Champion   version 1 on the same rows", "passed: mean_loss is ")
        .contains("Champion   version 2");
    assertThat(nights.out().resolve("data-kept/state-00000002.json")).exists();
    JsonNode version = registry().path("versions").get(1);
    assertThat(version.path("parent").intValue()).isEqualTo(1);
    assertThat(version.path("figures").path("accuracy").isNumber()).isTrue();
    assertThat(version.path("run_key")).isEqualTo(night().path("run_key"));
    assertThat(night().path("status").textValue()).isEqualTo("succeeded");
    assertThat(runs()).hasSize(2);
    aVersionIsARunThatOtherVerbsRead(version);
    theSameAdapterComesOfTune();
  }

  private void aVersionIsARunThatOtherVerbsRead(JsonNode version) throws IOException {
    Path weights = nights.version(2).resolve("adapter/adapter_model.safetensors");
    assertThat(Sha256.ofFile(weights)).isEqualTo(version.path("adapter_sha256").textValue());
    CommandRun.of("inspect", nights.version(2).toString()).endedWith(0);
    assertThat(CommandRun.of("evaluate", nights.version(2).toString()).endedWith(0).out())
        .contains("accuracy");
    String id = Files.readString(nights.version(2).resolve("lineage.json"));
    assertThat(id).contains(version.path("data_sha256").textValue());
    assertThat(nights.version(2).resolve("row-ids.bin")).exists();
  }

  /** The bytes are those of tune from the same start on the same rows. */
  private void theSameAdapterComesOfTune() throws IOException {
    Path run = folder.resolve("by-hand");
    String away = "tracking.mlflow=http://127.0.0.1:1";
    CommandRun tuned =
        nights.tickets().run("tune", run, "adapter.start=" + nights.version(1), away);
    assertThat(tuned.endedWith(0).out())
        .contains("Not sent   to MLflow at http://127.0.0.1:1: it cannot be reached (")
        .contains("is sent by rankwise track " + run);
    assertThat(RunFolderFiles.hashes(run.resolve("adapter")).get("adapter_model.safetensors"))
        .isEqualTo(Sha256.ofFile(nights.version(2).resolve("adapter/adapter_model.safetensors")));
    Path scratch = folder.resolve("scratch");
    nights.tickets().run("tune", scratch).endedWith(0);
    assertThat(RunFolderFiles.hashes(scratch.resolve("adapter")).get("adapter_model.safetensors"))
        .isNotEqualTo(Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors")));
  }

  @Test
  void failedGateKeepsTheAdapterAndPromotesNothing() throws Exception {
    String high = "evaluate.gates={accuracy: {at-least: 1.5}}";
    CommandRun refused = nights.night(high).endedWith(7);
    assertThat(refused.error())
        .startsWith("1 of 1 gates failed: accuracy is ")
        .contains("(must be at least 1.5); the adapter is kept in ")
        .contains("/runs/", " and not registered, and no version is the champion");
    assertThat(nights.out().resolve("registry/registry.json")).doesNotExist();
    assertThat(runs().get(0).resolve("adapter/adapter_config.json")).exists();
    assertThat(night().path("exit_code").intValue()).isEqualTo(7);

    // What a scheduler tries again must not seem to be mended.
    CommandRun again = nights.night(high).endedWith(7);
    assertThat(again.out()).contains("[4 of 6] gate").doesNotContain("[2 of 6] tune");

    CommandRun lower = nights.night("evaluate.gates={accuracy: {at-least: 0}}").endedWith(0);
    assertThat(lower.out())
        .doesNotContain("[2 of 6] tune")
        .contains("passed: accuracy is ", "Champion   version 1");
  }

  @Test
  void aServerHearsOfNightsOfPromotionsAndOfWhatItMissed() throws Exception {
    try (FakeMlflow mlflow = new FakeMlflow()) {
      String named = "tracking.mlflow=" + mlflow.address();
      mlflow.breakBy(request -> new FakeMlflow.Answer(503, ""));
      CommandRun refused = nights.night(named, "evaluate.gates={accuracy: {at-least: 1.5}}");
      assertThat(refused.endedWith(7).out())
          .contains("Not sent   to MLflow at ", "is sent by the next night, or by rankwise track ");
      assertThat(nights.night(named).endedWith(0).out()).contains("Not sent   ", "Champion   ");
      mlflow.breakBy(request -> null);
      assertThat(nights.night(named).endedWith(0).out())
          .contains("Nothing new", "MLflow     version 1 is version 1 of model adapter there");
      assertThat(mlflow.aliases()).isEqualTo(Map.of("candidate", "1", "champion", "1"));
      assertThat(mlflow.runs()).hasSize(1);

      nights.hold(75);
      assertThat(nights.night(named).endedWith(0).out()).contains("champion is version 2 there");
      String registry = nights.out().resolve("registry").toString();
      assertThat(CommandRun.of("registry", registry, "--roll-back").endedWith(0).out())
          .contains("MLflow     champion is version 1 there");
      assertThat(CommandRun.of("track", registry).endedWith(0).out())
          .isEqualToIgnoringNewLines("MLflow     has all of " + registry);
      assertThat(mlflow.versions()).hasSize(2);
    }
  }

  @Test
  void whatIsWorseThanTheChampionOnTheSameRowsIsNotPromoted() throws Exception {
    nights.night().endedWith(0);
    nights.hold(75);
    CommandRun worse = nights.night("train.learning-rate=0.5", NOT_WORSE).endedWith(7);

    assertThat(worse.error())
        .contains(" of version 1 on the same rows (may be worse by at most 0.001)")
        .contains("version 1 stays the champion");
    assertThat(registry().path("aliases").path("champion").intValue()).isEqualTo(1);
    double before =
        RunFolderFiles.json(nights.out().resolve("last.json"))
            .path("figures")
            .path("mean_loss")
            .doubleValue();
    Path told = folder.resolve("told.json");
    CommandRun.of(
            "evaluate",
            nights.version(1).toString(),
            "--held-out-of",
            nights.tickets().file().toString(),
            "--to",
            told.toString())
        .endedWith(0);
    assertThat(RunFolderFiles.json(told).path("after").path("mean_loss").doubleValue())
        .isEqualTo(before);
  }

  @Test
  void versionsArePromotedAndRolledBackByCommand() throws Exception {
    String byCommand = "nightly.promotion=by-command";
    nights.night().endedWith(0);
    nights.hold(75);
    assertThat(nights.night(byCommand).endedWith(0).out())
        .contains("promote it with registry --promote 2")
        .doesNotContain("Champion   version 2");
    assertThat(nights.night(byCommand).endedWith(0).out()).contains("Nothing new");
    String registry = nights.out().resolve("registry").toString();
    assertThat(CommandRun.of("registry", registry).endedWith(0).out())
        .contains("Model      adapter\n")
        .containsPattern("Champion   version 1, registered .*, accuracy [0-9.]+, .*\n")
        .containsPattern("Candidate  version 2, registered ");
    assertThat(CommandRun.of("registry", registry, "--promote", "2").endedWith(0).out())
        .startsWith("Champion   version 2, ");
    assertThat(CommandRun.of("registry", registry, "--roll-back").endedWith(0).out())
        .startsWith("Champion   version 1, ");
    // A night of the same rows does not promote again what somebody went back from.
    assertThat(nights.night().endedWith(0).out()).contains("Nothing new");
    assertThat(registry().path("aliases").path("champion").intValue()).isEqualTo(1);
    assertThat(CommandRun.of("registry", registry, "--roll-back").endedWith(2).error())
        .contains("no version was in use before version 1");
    assertThat(
            CommandRun.of("registry", registry, "--roll-back", "--promote", "1")
                .endedWith(2)
                .error())
        .startsWith("--promote and --roll-back contradict each other");
    assertThat(CommandRun.of("registry", folder.resolve("none").toString()).endedWith(2).error())
        .startsWith("No registry lies at ");
  }

  /** Each refusal leaves the champion as it is, and is told before anything is trained. */
  @Test
  void badRowsAreToldAndTheChampionStays() throws Exception {
    nights.night().endedWith(0);
    Path rows = nights.rows();
    List<String> whole = Files.readAllLines(rows);

    Files.delete(rows);
    assertThat(nights.night().endedWith(3).error())
        .startsWith("Cannot read \"" + rows + "\": no such file or folder");

    List<String> renamed = new ArrayList<>(whole);
    renamed.set(0, "message,team");
    Files.write(rows, renamed);
    assertThat(nights.night().endedWith(3).error())
        .contains("Cannot read column \"queue\" of ")
        .contains("the columns there are \"message\", \"team\"; name one of them");

    List<String> more = new ArrayList<>(whole);
    for (int row = 0; row < 30; row++) {
      more.add(Tickets.line("a text of another kind, " + row, "legal"));
    }
    Files.write(rows, more);
    assertThat(nights.night(LAST).endedWith(3).error())
        .startsWith(
            "Cannot go on from version 1: it knows the 3 classes billing, feature, outage, and the"
                + " rows have the 4 classes billing, feature, legal, outage; name the classes in"
                + " data.labels, or set nightly.start to scratch and ");

    Files.delete(rows);
    Files.createDirectories(rows.resolve("_temporary/0"));
    Files.write(rows.resolve("part-0.csv"), whole);
    assertThat(nights.night().endedWith(3).error())
        .contains("it holds _temporary, so another job is writing there, or died while it was");

    assertThat(registry().path("aliases").path("champion").intValue()).isEqualTo(1);
    assertThat(registry().path("versions")).hasSize(1);
    Files.delete(rows.resolve("_temporary/0"));
    Files.delete(rows.resolve("_temporary"));
    assertThat(nights.night().endedWith(0).out()).contains("Nothing new");
  }

  @Test
  void badGatesAndRegistriesAreToldBeforeAnythingIsTrained() throws Exception {
    assertThat(nights.night("evaluate.gates={acuracy: {at-least: 1}}").endedWith(2).error())
        .contains("figure \"acuracy\": no evaluation has it; name one of accuracy, ");
    assertThat(nights.night("evaluate.gates={perplexity: {at-most: 9}}").endedWith(2).error())
        .startsWith("Cannot hold perplexity against a gate: what learns from ")
        .contains(" has accuracy, accuracy_low, macro_f1, mean_loss; ");
    assertThat(nights.night("evaluate.gates={a/accuracy: {at-most: 9}}").endedWith(2).error())
        .contains("the rows have no tasks");
    assertThat(
            nights
                .night("evaluate.gates={accuracy: {at-least: 0}}", "data.test-fraction=0")
                .endedWith(3)
                .error())
        .contains("no rows are held out to measure on");
    assertThat(nights.night("adapter.method=full").endedWith(2).error())
        .startsWith("Cannot register what adapter.method full makes");
    assertThat(nights.night("adapter.start=" + folder).endedWith(2).error())
        .startsWith("A night's adapter begins as nightly.start says");
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.writeString(taken.resolve("mine.txt"), "of somebody");
    assertThat(nights.night("nightly.registry=" + taken).endedWith(2).error())
        .contains("it holds files that Rankwise did not make");
    assertThat(nights.out().resolve("runs")).doesNotExist();

    nights.night().endedWith(0);
    assertThat(nights.night("nightly.model=mails").endedWith(2).error())
        .contains("for model \"mails\": it keeps the versions of model \"adapter\"");
    Files.writeString(nights.out().resolve("night.json"), "{");
    assertThat(nights.night().endedWith(4).error()).contains("night.json");
    Files.delete(nights.out().resolve("night.json"));
    assertThat(nights.night().endedWith(0).out()).contains("Nothing new");
  }

  @Test
  void adapterThatSomethingElseChangedIsNotRegistered() throws Exception {
    String high = "evaluate.gates={accuracy: {at-least: 1.5}}";
    nights.night(high).endedWith(7);
    Path weights = runs().get(0).resolve("adapter/adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);

    assertThat(nights.night().endedWith(4).error())
        .startsWith("Cannot register the adapter in ")
        .contains("so something else changed them; remove the run folder to tune anew");
    assertThat(nights.out().resolve("registry/registry.json")).doesNotExist();
  }

  @Test
  void clockThatWasSetBackIsToldAndChangesNothing() throws Exception {
    Instant late = Instant.parse("2026-03-02T02:00:00Z");
    nights.night(Clock.fixed(late, ZoneOffset.UTC), NightListener.none());
    nights.hold(75);
    String told =
        nights.night(
            Clock.fixed(late.minusSeconds(3600), ZoneOffset.UTC), NightListener.none(), LAST);

    assertThat(told)
        .contains("Note: the clock stands 3600 s before the end of the last night (" + late)
        .contains("Champion   version 2");
    assertThat(registry().path("versions").get(1).path("parent").intValue()).isEqualTo(1);
    assertThat(registry().path("aliases").path("champion").intValue()).isEqualTo(2);
  }
}
