package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own that is ended while it trains: asked to, and without a word. */
@Tag("spark")
final class TestInterruptedRun {
  @TempDir Path folder;

  private Path run;
  private TicketRecipe recipe;
  private SortedMap<String, String> adapter;
  private Process process;

  @BeforeEach
  void trainOnceAndStartAgain() throws IOException {
    run = folder.resolve("run");
    Path base = TinyBase.withPooler(folder, 1);
    recipe = TicketRecipe.write(folder, base, Tickets.write(folder, Tickets.csv(60)));
    recipe.run("tune", run).endedWith(0);
    adapter = RunFolderFiles.hashes(run.resolve("adapter"));
    process = start();
    waitForFirstStep();
    assertThat(result().get("status").textValue()).isEqualTo("running");
    assertThat(inspected()).contains("written by            process " + process.pid());
  }

  @AfterEach
  void leaveNoProcess() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Test
  void runThatIsAskedToEndTidiesUpAndSaysSo() throws Exception {
    process.destroy();

    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(folder.resolve("err"))
        .content()
        .isEqualTo(
            "Error: Interrupted (exit code 143); nothing is left half written, so the same command"
                + " can be run again\n");
    assertThat(result().get("status").textValue()).isEqualTo("interrupted");
    assertThat(result().get("exit_code").intValue()).isEqualTo(143);
    assertThat(RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"))).isNotEmpty();
    assertThat(run.resolve(".rankwise/holder.json")).doesNotExist();
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
    recipe.run("tune", run).endedWith(0);
  }

  private JsonNode result() throws IOException {
    return RunFolderFiles.json(run.resolve("result.json"));
  }

  private String inspected() {
    return CommandRun.of("inspect", run.toString()).endedWith(0).out();
  }

  private Process start() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root().resolve("conf/jvm.options"),
                "-Xmx1g",
                "-Dlog4j2.configurationFile=" + root().resolve("conf/log4j2.properties"),
                "-Drankwise.log=" + folder.resolve("log"),
                "-cp",
                System.getProperty("java.class.path"),
                Rankwise.class.getName()));
    command.addAll(List.of("tune", recipe.file().toString(), "--out", run.toString()));
    command.addAll(List.of("--set", "train.max-steps=100000", "--set", "train.epochs=20000"));
    return new ProcessBuilder(command).redirectError(folder.resolve("err").toFile()).start();
  }

  private void waitForFirstStep() throws IOException {
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    while (line != null && !line.startsWith("  step ")) {
      line = out.readLine();
    }
    assertThat(line).as(Files.readString(folder.resolve("err"))).isNotNull();
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("rankwise"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
