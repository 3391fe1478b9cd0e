package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own that is ended while it trains: asked to, and without a word. */
@Tag("spark")
final class TestInterruptedRun {
  private static final String[] LONG = {
    "train.max-steps=100000", "train.epochs=20000", "output.checkpoint-every-steps=20"
  };

  @TempDir static Path home;

  /** A run that ended, made once; each test has a copy. */
  private static Path trained;

  private static TicketRecipe recipe;

  @TempDir Path folder;

  private Path run;
  private SortedMap<String, String> adapter;
  private TuneProcess tune;
  private Process process;

  @BeforeAll
  static void trainOnce() throws IOException {
    trained = home.resolve("run");
    Path base = TinyBase.withPooler(home, 1);
    recipe = TicketRecipe.write(home, base, Tickets.write(home, Tickets.csv(60)));
    recipe.run("tune", trained).endedWith(0);
  }

  @BeforeEach
  void startAgain() throws IOException {
    run = folder.resolve("run");
    RunFolderFiles.copy(trained, run);
    adapter = RunFolderFiles.hashes(run.resolve("adapter"));
    tune = TuneProcess.start(folder, recipe, run, LONG);
    process = tune.process();
    tune.waitForFirstStep();
    assertThat(result().get("status").textValue()).isEqualTo("running");
    assertThat(inspected()).contains("written by            process " + process.pid());
  }

  @AfterEach
  void leaveNoProcess() {
    tune.close();
  }

  @Test
  void runThatIsAskedToEndTidiesUpAndSaysSo() throws Exception {
    process.destroy();

    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(tune.errors())
        .matches(
            "Ending after this step; the same signal again ends at once\n"
                + "Error: Interrupted \\(exit code 143\\) after step \\d+, with a checkpoint: the same"
                + " command goes on from there\n");
    assertThat(result().get("status").textValue()).isEqualTo("interrupted");
    assertThat(result().get("exit_code").intValue()).isEqualTo(143);
    assertThat(RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"))).isNotEmpty();
    assertThat(run.resolve(".rankwise/holder.json")).doesNotExist();
    whatWasThereIsThere();
  }

  @Test
  void secondSignalEndsAtOnce() throws Exception {
    while (process.isAlive()) {
      process.destroy();
      Thread.sleep(20);
    }

    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(tune.errors())
        .contains("Ended at once; the next command in a run folder tidies it up\n");
    whatWasThereIsThere();
  }

  @Test
  void runThatIsKilledIsKnownByItsResult() throws Exception {
    process.destroyForcibly().waitFor();

    assertThat(result().get("status").textValue()).isEqualTo("running");
    assertThat(inspected()).contains("nobody: the run was killed", "are of a former run");
    whatWasThereIsThere();
  }

  private void whatWasThereIsThere() throws IOException {
    assertThat(RunFolderFiles.hashes(run.resolve("adapter"))).isEqualTo(adapter);
    RunFolder.claim(run, Clock.systemUTC()).close();
    assertThat(run.resolve(".rankwise/staging")).isEmptyDirectory();
    // Its own unfinished run is in the way of a shorter one, until its checkpoints are gone.
    new LocalStorage(run).delete("checkpoints");
    recipe.run("tune", run).endedWith(0);
  }

  private JsonNode result() throws IOException {
    return RunFolderFiles.json(run.resolve("result.json"));
  }

  private String inspected() {
    return CommandRun.of("inspect", run.toString()).endedWith(0).out();
  }
}
