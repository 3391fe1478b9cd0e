package dev.rankwise.jobs.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table, the numbers and the page of runs whose files are written here. */
final class TestSweepDocuments {
  private static final String COMMAND = "./rankwise sweep a.yaml --out out";

  @TempDir Path folder;

  private SweepFile file;
  private OtherTask other;

  @BeforeEach
  void describe() {
    file =
        new SweepFile(
            Path.of("conf/a.yaml"),
            Path.of("conf/recipe.yaml"),
            "cut | to size",
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            Map.of());
    other = new OtherTask("old", recipe(""), "evaluation-old.json");
  }

  @Test
  void tableHasARowForEachPoint() throws IOException {
    String text = SweepMarkdown.of(file, table(), COMMAND);

    assertThat(text.lines())
        .containsExactly(
            "cut | to size",
            "",
            "|  | runs | perplexity before | perplexity | token accuracy | old: perplexity |"
                + " old: perplexity before | old: perplexity | trained parameters | file | memory above idle | steps | seconds"
                + " of training |",
            "|" + " --- |".repeat(13),
            "| a\\|b | 2 | 1,200 | 11.00 (10.00 to 12.00) | 25.0 % | 7.00 | 40.00 | 50.00 | 12,345 | 2 kB |"
                + " 7 MB (6 to 8 MB) | 9 | 2.5 s |",
            "| c | 0 of 1 | – | – | – | – | – | – | – | – | – | – | – |",
            "",
            "Mean over the runs, with the lowest and the highest.",
            "",
            "    " + COMMAND,
            "",
            "1 of 3 runs are not done: the same command does what is missing.");
  }

  @Test
  void numbersOfAllRunsAndPointsAreWritten() throws IOException {
    SweepTable table;
    try (LocalRunFolder claimed = RunFolder.claim(folder.resolve("out"), Clock.systemUTC())) {
      table = table();
      new SweepDocuments(claimed, file, COMMAND).write(table);
    }
    JsonNode json = new ObjectMapper().readTree(folder.resolve("out/sweep.json").toFile());

    assertThat(json.get("runs")).hasSize(3);
    JsonNode first = json.get("runs").get(0);
    assertThat(first.get("status").textValue()).isEqualTo("succeeded");
    assertThat(first.get("seed").intValue()).isZero();
    assertThat(first.get("folder").textValue()).isEqualTo("runs/a-0");
    assertThat(first.get("figures").get("after.perplexity").doubleValue()).isEqualTo(10);
    assertThat(first.get("figures").get("old: after.perplexity").doubleValue()).isEqualTo(50);
    // A task of the run's own rows, beside another recipe of that name.
    assertThat(first.get("figures").get("after.tasks.old.perplexity").doubleValue()).isEqualTo(7);
    JsonNode failed = json.get("runs").get(2);
    assertThat(failed.get("status").textValue()).isEqualTo("failed");
    assertThat(failed.get("exit_code").intValue()).isEqualTo(3);
    assertThat(failed.get("message").textValue()).isEqualTo("no <rows>");
    assertThat(failed.get("figures")).isEmpty();
    JsonNode spread = json.get("points").get(0).get("figures").get("after.perplexity");
    assertThat(spread.get("mean").doubleValue()).isEqualTo(11);
    assertThat(spread.get("runs").intValue()).isEqualTo(2);
    assertThat(folder.resolve("out/sweep.md")).hasContent(SweepMarkdown.of(file, table, COMMAND));
    assertThat(folder.resolve("out/report.html")).hasContent(SweepPage.of(file, table, COMMAND));
  }

  @Test
  void pageIsWellFormedAndTellsWhatFailed() throws Exception {
    String page = SweepPage.of(file, table(), COMMAND);

    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(
            new ByteArrayInputStream(
                page.replace("<!DOCTYPE html>\n", "").getBytes(StandardCharsets.UTF_8)));
    assertThat(page)
        .contains("2 of 3 runs are done, 1 failed", "no &lt;rows&gt;", "11.00 (10.00 to 12.00)")
        .contains("<title>a|b, seed 1: 12.00</title>", "class=\"dot\"");
    // Two dots of each pictured figure: four of quality, the file, memory, seconds.
    assertThat(page.split("class=\"dot\"", -1)).hasSize(1 + 2 * 7);
    assertThat(page).doesNotContain("<a ", "src=", "<script");
  }

  @Test
  void sweepOfWhichNothingIsDoneHasAPage() {
    RunRecord none = RunRecord.read(run("c", 0), List.of());

    String page = SweepPage.of(file, new SweepTable(List.of(none)), COMMAND);

    assertThat(none.status()).isEqualTo("missing");
    assertThat(page).contains("0 of 1 runs are done").doesNotContain("id=\"pictures\"");
  }

  @Test
  void runOfAnotherRecipeOrWithADamagedFileIsMissing() throws IOException {
    PlannedRun run = run("a", 0);
    write(run, 10);
    assertThat(RunRecord.read(run, List.of()).isWhole()).isTrue();
    assertThat(RunRecord.read(run, List.of(new OtherTask("new", recipe(""), "n.json"))).isWhole())
        .isFalse();
    Files.writeString(run.folder().resolve(RunFiles.RECIPE), recipe("train: {seed: 9}").toYaml());
    assertThat(RunRecord.read(run, List.of()).status()).isEqualTo("missing");
    write(run, 10);
    Files.writeString(run.folder().resolve(RunFiles.RESULT), "{\"status\": \"succ");
    assertThat(RunRecord.read(run, List.of()).status()).isEqualTo("missing");
    Files.writeString(run.folder().resolve(RunFiles.RESULT), "{\"status\": \"running\"}");
    assertThat(RunRecord.read(run, List.of()).status()).isEqualTo("missing");
  }

  @Test
  void rowsThatChangedBetweenRunsAreTold() throws IOException {
    PlannedRun first = run("a", 0);
    PlannedRun second = run("a", 1);
    write(first, 10);
    write(second, 10);
    Files.writeString(second.folder().resolve(RunFiles.LINEAGE), "{\"data_sha256\": \"2\"}");

    SweepTable table = new SweepTable(read(List.of(first, second)));

    assertThat(table.notes())
        .singleElement()
        .asString()
        .startsWith("The rows behind the same settings of data changed");
  }

  /** Two runs of one point, and one of another that failed. */
  private SweepTable table() throws IOException {
    List<PlannedRun> runs = List.of(run("a|b", 0), run("a|b", 1));
    write(runs.get(0), 10);
    write(runs.get(1), 12);
    List<RunRecord> records = new ArrayList<>(read(runs));
    records.add(RunRecord.failed(run("c", 0), FailureReport.of(new DataException("no <rows>"))));
    return new SweepTable(records);
  }

  private List<RunRecord> read(List<PlannedRun> runs) {
    return runs.stream().map(run -> RunRecord.read(run, List.of(other))).toList();
  }

  private PlannedRun run(String point, long seed) {
    Recipe recipe = recipe("train: {seed: " + seed + "}");
    Path place =
        folder.resolve("out/runs").resolve(FolderName.of(point).substring(0, 1) + "-" + seed);
    return new PlannedRun(
        point, Optional.empty(), Optional.of(seed), recipe, recipe.sha256(), place);
  }

  private static Recipe recipe(String more) {
    return Recipe.parse("base: {model: minilm}\ndata: {source: a.csv}\n" + more, "r", List.of());
  }

  private void write(PlannedRun run, double perplexity) throws IOException {
    Files.createDirectories(run.folder());
    Files.writeString(run.folder().resolve(RunFiles.RECIPE), run.recipe().toYaml());
    Files.writeString(
        run.folder().resolve(RunFiles.RESULT),
        String.format(
            Locale.ROOT,
            """
            {"status": "succeeded", "steps": 9, "training_seconds": 2.5, "adapter_bytes": 2000,
             "trainable_parameters": 12345, "peak_memory_above_idle_bytes": %s, "peak_memory_bytes": 9}
            """,
            perplexity == 10 ? 6_000_000 : 8_000_000));
    Files.writeString(
        run.folder().resolve(RunFiles.EVALUATION),
        String.format(
            Locale.ROOT,
            """
            {"before": {"perplexity": 1200, "token_accuracy": 0.1},
             "after": {"perplexity": %s, "token_accuracy": 0.25, "targets": 3,
                       "tasks": {"old": {"perplexity": 7, "targets": 1}}}}
            """,
            perplexity));
    Files.writeString(
        run.folder().resolve(RunFiles.LINEAGE), "{\"data_sha256\": \"" + Sha256.ofText("") + "\"}");
    Files.writeString(
        run.folder().resolve(other.file()),
        "{\"%s\": {\"perplexity\": 40}, \"after\": {\"perplexity\": 50}}"
            .formatted(perplexity == 10 ? "adapter_off" : "before"));
  }
}
