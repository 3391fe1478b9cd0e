package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.format.FolderLock;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that cannot succeed: what the user reads, what a scheduler sees, what stays as it was. */
@Tag("spark")
final class TestFailedRuns {
  @TempDir static Path home;

  private static Path base;
  private static Path bare;

  @TempDir Path folder;

  private Path run;

  @BeforeAll
  static void makeBases() throws IOException {
    base = TinyBase.withPooler(home, 1);
    bare = TinyBase.withoutPooler(home, 2);
  }

  @BeforeEach
  void nameTheRun() {
    run = folder.resolve("run");
  }

  @Test
  void columnThatIsMissing() throws Exception {
    CommandRun command = recipe(Tickets.csv(30)).run("tune", run, "data.text-column=mesage");

    assertThat(command.endedWith(3).error()).contains("\"mesage\"", "\"message\"");
    failed(3, command);
  }

  /** Numbers near 0.1 hold no step of 1e-30, so what was trained in full stands where it stood. */
  @Test
  void rateThatMovesNothing() throws Exception {
    CommandRun command = recipe(Tickets.csv(80)).run("tune", run, "train.learning-rate=1e-30");

    assertThat(command.endedWith(9).error())
        .contains(
            "trained tensors did not move, but for weight decay, in 3 updates",
            "pooler",
            "raise the learning rate");
    assertThat(run.resolve("adapter")).doesNotExist();
    failed(9, command);
  }

  @Test
  void dataWithoutARow() throws Exception {
    CommandRun command = recipe(List.of("message,queue")).run("tune", run);

    assertThat(command.endedWith(3).error())
        .isEqualTo(
            "Cannot prepare the data: it holds no row; check the path, the table or the query");
    failed(3, command);
  }

  @Test
  void onlyOneClass() throws Exception {
    List<String> lines =
        Tickets.csv(60).stream().filter(line -> !line.matches(".*(feature|outage).*")).toList();

    CommandRun command = recipe(lines).run("tune", run);

    assertThat(command.endedWith(3).error())
        .startsWith("Cannot learn classes from rows with one label only");
    failed(3, command);
  }

  @Test
  void poolerThatTheBaseLacks() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));
    TicketRecipe recipe = TicketRecipe.write(folder, bare, rows);
    String message =
        "Base has no weights for pooler, so it cannot be frozen; add it to adapter.modules-to-save"
            + " to train it from a fresh start";

    // It is told before Spark is asked for anything: no such Spark can be started.
    CommandRun tune =
        recipe.run("tune", run, "adapter.modules-to-save=[classifier]", "spark.master=none://here");
    CommandRun validate = recipe.run("validate", run, "adapter.modules-to-save=[classifier]");

    assertThat(tune.endedWith(2).error()).isEqualTo(message);
    assertThat(validate.endedWith(2).error()).isEqualTo(message);
    assertThat(run.resolve("data")).doesNotExist();
    failed(2, tune);
  }

  @Test
  void theFirstExampleOfTheRecipePageIsValid() throws Exception {
    List<String> example =
        Files.readAllLines(Path.of("..", "docs", "recipe.md")).stream()
            .dropWhile(line -> !line.startsWith("    "))
            .takeWhile(line -> line.startsWith("    "))
            .map(line -> line.substring(4))
            .toList();
    Path recipe = Files.write(folder.resolve("example.yaml"), example);
    Path rows = Tickets.write(folder, Tickets.csv(30));

    CommandRun command =
        CommandRun.of(
            "validate", "" + recipe, "--set", "base.model=" + bare, "--set", "data.source=" + rows);

    assertThat(command.endedWith(0).out()).contains("The recipe is valid");
  }

  @Test
  void baseThatDoesNotExist() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));

    CommandRun command = TicketRecipe.write(folder, folder + "/none", rows).run("tune", run);

    assertThat(command.endedWith(2).error()).contains(folder + "/none does not exist");
    failed(2, command);
  }

  @Test
  void weightsWithADamagedHeader() throws Exception {
    Path damaged = Files.createDirectory(folder.resolve("damaged"));
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(base.resolve(name), damaged.resolve(name));
    }
    byte[] weights = Files.readAllBytes(damaged.resolve("model.safetensors"));
    weights[8] = 'x';
    Files.write(damaged.resolve("model.safetensors"), weights);
    Path rows = Tickets.write(folder, Tickets.csv(30));

    CommandRun command = TicketRecipe.write(folder, damaged, rows).run("tune", run);

    assertThat(command.endedWith(4).error()).contains("model.safetensors");
    failed(4, command);
  }

  @Test
  void numbersThatOverflowKeepTheFormerAdapter() throws Exception {
    TicketRecipe recipe = recipe(Tickets.csv(60));
    recipe.run("tune", run).endedWith(0);
    SortedMap<String, String> adapter = RunFolderFiles.hashes(run.resolve("adapter"));

    CommandRun command = recipe.run("tune", run, "train.learning-rate=1e38");

    assertThat(command.endedWith(9).error()).contains("must be finite", "lower the learning rate");
    assertThat(RunFolderFiles.hashes(run.resolve("adapter"))).isEqualTo(adapter);
    assertThat(RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"))).isNotEmpty();
    assertThat(run.resolve(".rankwise/staging")).isEmptyDirectory();
    result(9, command);
  }

  @Test
  void folderOfSomebodyElse() throws Exception {
    Files.createDirectory(run);
    Files.writeString(run.resolve("thesis.txt"), "all of it");

    CommandRun command = recipe(Tickets.csv(30)).run("tune", run);

    assertThat(command.endedWith(2).error())
        .isEqualTo(
            ("Cannot write to %s: it holds files that Rankwise did not make; choose another output"
                    + " directory, or empty this one")
                .formatted(run));
    assertThat(RunFolderFiles.hashes(run).keySet()).containsExactly("thesis.txt");
  }

  @Test
  void folderThatMayNotBeWritten() throws Exception {
    CommandRun command = recipe(Tickets.csv(30)).run("tune", Path.of("/proc/nobody/run"));

    assertThat(command.endedWith(2).error())
        .startsWith("Cannot write to /proc/nobody/run: ")
        .endsWith("choose an output directory that you may write to");
  }

  @Test
  void fileInTheWayOfTheFolder() throws Exception {
    Files.writeString(folder.resolve("file"), "");

    CommandRun command = recipe(Tickets.csv(30)).run("tune", folder.resolve("file/run"));

    assertThat(command.endedWith(2).error()).contains("choose an output directory");
  }

  @Test
  void folderThatAnotherRunHolds() throws Exception {
    CommandRun command;
    try (LocalRunFolder held = RunFolder.claim(run, Clock.systemUTC())) {
      command = recipe(Tickets.csv(30)).run("tune", held.directory());
    }

    assertThat(command.endedWith(8).error())
        .contains(
            "held by process " + ProcessHandle.current().pid() + " on host ", "wait for it to end");
    assertThat(run.resolve("result.json")).doesNotExist();
  }

  @Test
  void preparedDataThatAnotherCommandWrites() throws Exception {
    Path prepared = folder.resolve("prepared");
    CommandRun command;
    try (FolderLock held =
        FolderLock.acquire(prepared, folder.resolve(".prepared.lock"), Clock.systemUTC())) {
      assertThat(held).isNotNull();
      command = recipe(Tickets.csv(30)).run("tune", run, "data.prepared=" + prepared);
    }

    assertThat(command.endedWith(8).error())
        .startsWith(
            "Cannot write to %s: held by process %d on host "
                .formatted(prepared, ProcessHandle.current().pid()))
        .endsWith("; wait for it to end, or name another folder");
    failed(8, command);
    recipe(Tickets.csv(30)).run("prepare", run, "data.prepared=" + prepared).endedWith(0);
  }

  @Test
  void masterThatSparkDoesNotKnow() throws Exception {
    CommandRun command = recipe(Tickets.csv(30)).run("tune", run, "spark.master=nowhere");

    assertThat(command.endedWith(6).error())
        .startsWith("Cannot start Spark on nowhere: ")
        .contains("check spark.master");
    failed(6, command);
  }

  private TicketRecipe recipe(List<String> lines) throws IOException {
    return TicketRecipe.write(folder, base, Tickets.write(folder, lines));
  }

  /** The run's result says the same as the command, and there is no adapter. */
  private void failed(int exitCode, CommandRun command) throws IOException {
    result(exitCode, command);
    assertThat(run.resolve("adapter")).doesNotExist();
    assertThat(run.resolve(".rankwise/staging")).isEmptyDirectory();
  }

  private void result(int exitCode, CommandRun command) throws IOException {
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    assertThat(result.get("status").textValue()).isEqualTo("failed");
    assertThat(result.get("exit_code").intValue()).isEqualTo(exitCode);
    assertThat(result.get("message").textValue()).isEqualTo(command.error());
    assertThat(command.trace().isEmpty()).as(command.trace()).isEqualTo(exitCode != 6);
  }
}
