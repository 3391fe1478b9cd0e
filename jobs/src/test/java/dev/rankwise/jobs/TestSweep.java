package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.SparkSessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A list of runs on a tiny base: done once, done again, changed, failed in part, interrupted. */
@Tag("spark")
final class TestSweep {
  @TempDir Path folder;

  private Path base;
  private Path out;
  private TicketRecipe recipe;

  @BeforeEach
  void writeARecipe() throws IOException {
    base = TinyBase.withPooler(folder, 1);
    recipe = TicketRecipe.write(folder, base, Tickets.write(folder, Tickets.csv(60)));
    out = folder.resolve("out").toAbsolutePath();
  }

  @Test
  void sweepDoesWhatIsMissingAndNoMore() throws Exception {
    Path sweep =
        write(
            """
            variants: {lora: {}, full: {adapter.method: full, train.learning-rate: 1e-3}}
            seeds: [0, 1]
            also-evaluate: {tickets: %s}
            """
                .formatted(recipe.file().getFileName()));
    CommandRun first = sweep(sweep).endedWith(0);

    assertThat(first.out())
        .contains(
            "Sweep      4 runs: 0 done, 4 to do", "[4 of 4] full, seed 1", "unchanged since: ");
    List<JsonNode> runs = runs();
    assertThat(runs)
        .hasSize(4)
        .allSatisfy(
            run -> {
              assertThat(run.get("status").textValue()).isEqualTo("succeeded");
              assertThat(run.get("figures").get("after.accuracy").isNumber()).isTrue();
              // Measured twice on the same rows, by the run and by the sweep.
              assertThat(run.get("figures").get("tickets: after.accuracy"))
                  .isEqualTo(run.get("figures").get("after.accuracy"));
              // A tiny base may take no more than the tests before it had left.
              assertThat(run.get("figures").has("peak_memory_above_idle_bytes")).isTrue();
              assertThat(run.get("figures").get("file_bytes").longValue()).isPositive();
            });
    assertThat(runs.get(0).get("data_sha256")).isEqualTo(runs.get(3).get("data_sha256"));
    assertThat(out.resolve("sweep.md")).content().contains("| lora | 2 |", "| full | 2 |");
    assertThat(out.resolve("report.html")).content().contains("4 of 4 runs are done");
    runInASweepIsTheRunByItself(runs.get(2));

    SortedMap<String, String> before = RunFolderFiles.hashes(out.resolve("runs"));
    assertThat(sweep(sweep).endedWith(0).out())
        .contains("4 runs: 4 done, 0 to do")
        .doesNotContain("Tune ");
    assertThat(RunFolderFiles.hashes(out.resolve("runs"))).isEqualTo(before);
  }

  private void runInASweepIsTheRunByItself(JsonNode swept) throws IOException {
    Path alone = folder.resolve("alone");
    recipe.run("tune", alone, "train.seed=1").endedWith(0);
    assertThat(RunFolderFiles.hashes(alone.resolve("adapter")).get("adapter_model.safetensors"))
        .isEqualTo(
            RunFolderFiles.hashes(out.resolve(swept.get("folder").textValue()).resolve("adapter"))
                .get("adapter_model.safetensors"));
  }

  @Test
  void runThatFailsIsRecordedAndTheOthersAreDone() throws Exception {
    Path rows = folder.resolve("later.csv");
    String yaml =
        "variants: {bad: {data.source: %s}, good: {adapter.rank: 2}, worse: {adapter.rank: 3, data.text-column: nothing}}\n"
            .formatted(rows);
    CommandRun failed = sweep(write(yaml)).endedWith(3);

    assertThat(failed.error())
        .startsWith(
            "2 of 3 runs failed: bad (exit code 3), worse (exit code 3); the report says why");
    assertThat(failed.out()).contains("Failed     ", "[3 of 3] worse");
    List<JsonNode> runs = runs();
    assertThat(runs)
        .extracting(run -> run.get("status").textValue())
        .containsExactly("failed", "succeeded", "failed");
    assertThat(runs.get(0).get("exit_code").intValue()).isEqualTo(3);
    assertThat(runs.get(0).get("message").textValue()).contains("later.csv");
    assertThat(out.resolve("report.html")).content().contains("1 of 3 runs are done, 2 failed");

    Files.write(rows, Tickets.csv(40));
    String mended = yaml.replace("data.text-column: nothing", "data.max-tokens: 16");
    CommandRun again = sweep(write(mended)).endedWith(0);

    assertThat(again.out()).contains("3 runs: 1 done, 2 to do").doesNotContain("] good");
    assertThat(runs()).allMatch(run -> run.get("status").textValue().equals("succeeded"));
  }

  @Test
  void eachValueOfAColumnHasAnAdapterOfItsRows() throws Exception {
    List<String> lines = new ArrayList<>(List.of("message,queue,customer"));
    List<String> customers = List.of("o'Neill \\ sons", "b", "b ", "few", "");
    for (int row = 0; row < 75; row++) {
      String customer = customers.get(row == 3 ? 3 : row < 5 ? 4 : row % 3);
      lines.add(
          Tickets.line(Tickets.text(row / 5 % 3, row), Tickets.QUEUES.get(row / 5 % 3), customer));
    }
    recipe = TicketRecipe.write(folder, base, Tickets.write(folder, lines));
    Path sweep =
        write(
            """
            settings: {data.filter: "queue <> 'outage'", train.batch-size: 4, train.groups: 1}
            group-by: customer
            least-rows: 4
            """);
    CommandRun first = sweep(sweep).endedWith(0);

    assertThat(first.out())
        .contains(
            "Groups     3 values of column customer; 1 with fewer than 4 rows left out; 4 rows without a"
                + " value left out",
            "Sweep      3 runs: 0 done, 3 to do",
            "[2 of 3] customer b ",
            "2 classes");
    assertThat(runs())
        .extracting(run -> run.get("group").get("value").textValue())
        .containsExactly("b", "b ", "o'Neill \\ sons");
    assertThat(out.resolve(runs().get(2).get("folder").textValue()).resolve("recipe.yaml"))
        .content()
        .contains("(queue <> 'outage') AND `customer` = 'o\\\\'Neill \\\\\\\\ sons'");
    assertThat(out.resolve("sweep.md"))
        .content()
        .contains("was tuned and measured on its own rows");
    assertThat(sweep(sweep).endedWith(0).out()).contains("3 runs: 3 done, 0 to do");
  }

  @Test
  void nothingIsStartedAsLongAsARecipeIsWrong() throws IOException {
    CommandRun refused =
        sweep(write("variants: {a: {}, b: {adapter.targets: [nosuch]}, c: {train.epochs: -1}}\n"));

    assertThat(refused.endedWith(2).err()).contains("2 problems", "- b: ", "- c: ");
    assertThat(out).doesNotExist();
  }

  @Test
  @Tag("long")
  void interruptedSweepGoesOnWithinItsRun() throws Exception {
    Path sweep =
        write(
            """
            settings: {train.epochs: 1000, output.checkpoint-every-steps: 5}
            variants: {long: {train.max-steps: 200}, short: {train.max-steps: 3}}
            """);
    try (TuneProcess process =
        TuneProcess.start(folder, List.of("sweep", sweep.toString(), "--out", out.toString()))) {
      process.waitForFirstStep();
      process.process().destroy();
      assertThat(process.process().waitFor()).isEqualTo(143);
    }
    assertThat(runs())
        .extracting(run -> run.get("status").textValue())
        .containsExactly("interrupted", "missing");
    assertThat(runs().get(0).get("exit_code").intValue()).isEqualTo(143);

    CommandRun rest = sweep(sweep).endedWith(0);

    assertThat(rest.out()).contains("2 runs: 0 done, 2 to do", "going on after step ");
    assertThat(runs()).allMatch(run -> run.get("status").textValue().equals("succeeded"));
  }

  @Test
  void sessionThatWasThereBeforeIsUsedAndLeft() throws IOException {
    SparkSection settings = new SparkSection(new TreeMap<>(Map.of("spark.master", "local[1]")));
    try (SparkSession spark = SparkSessions.start("notebook", settings)) {
      CommandRun tuned = recipe.run("tune", folder.resolve("run"));

      assertThat(tuned.endedWith(0).out()).contains("Executors  local[1]: ");
      assertThat(spark.sparkContext().isStopped()).isFalse();
    }
  }

  @Test
  void rowsOfAnotherRecipeMustFitTheModel() throws IOException {
    Path run = folder.resolve("run");
    recipe.run("tune", run).endedWith(0);
    List<String> other =
        Tickets.csv(30).stream().map(line -> line.replace("billing", "bills")).toList();
    Path elsewhere = TicketRecipe.write(folder, "minilm", Tickets.write(folder, other)).file();

    CommandRun same =
        CommandRun.of("evaluate", run.toString(), "--held-out-of", recipe.file().toString());
    assertThat(same.endedWith(0).out()).contains("accuracy");
    onlyMeasuringLeavesThePreparedRowsAlone(run, other);
    CommandRun unread =
        CommandRun.of(
            "evaluate",
            run.toString(),
            "--held-out-of",
            recipe.file().toString(),
            "--text-column",
            "message");
    assertThat(unread.endedWith(2).error())
        .isEqualTo(
            "Cannot read the rows of --held-out-of by --text-column: they are read as their recipe"
                + " says; leave it out");
    CommandRun refused =
        CommandRun.of("evaluate", run.toString(), "--held-out-of", elsewhere.toString());
    assertThat(refused.endedWith(2).error()).contains("labelled rows of the same classes");
    CommandRun both =
        CommandRun.of(
            "evaluate", run.toString(), "--data", "a.csv", "--held-out-of", elsewhere.toString());
    assertThat(both.endedWith(2).error()).contains("by --data and by --held-out-of; keep one");
  }

  /** They are another run's. */
  private void onlyMeasuringLeavesThePreparedRowsAlone(Path run, List<String> other)
      throws IOException {
    Path prepared = folder.resolve("prepared");
    Path theirs = Files.createDirectories(folder.resolve("theirs"));
    TicketRecipe of = TicketRecipe.write(theirs, "minilm", Tickets.write(theirs, other));
    of.run("prepare", folder.resolve("unused"), "data.prepared=" + prepared).endedWith(0);
    byte[] manifest = Files.readAllBytes(prepared.resolve("manifest.json"));
    Path named =
        Files.writeString(
            folder.resolve("named.yaml"),
            Files.readString(recipe.file()).replace("data:", "data:\n  prepared: " + prepared));

    CommandRun.of("evaluate", run.toString(), "--held-out-of", named.toString()).endedWith(0);

    assertThat(prepared.resolve("manifest.json")).hasBinaryContent(manifest);
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(
        folder.resolve("sweep.yaml"),
        "recipe: %s\n%s".formatted(recipe.file().getFileName(), yaml));
  }

  private CommandRun sweep(Path sweep) {
    return CommandRun.of("sweep", sweep.toString(), "--out", out.toString());
  }

  private List<JsonNode> runs() throws IOException {
    List<JsonNode> runs = new ArrayList<>();
    RunFolderFiles.json(out.resolve("sweep.json")).get("runs").forEach(runs::add);
    return runs;
  }
}
