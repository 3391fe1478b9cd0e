package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate} and {@code apply} on the run that all tests share. */
@Tag("spark")
final class TestStoredVerbs {
  private static final String MASTER = "spark.master=local[2]";

  private static TunedRun tuned;

  @TempDir Path folder;

  @BeforeAll
  static void tune() throws Exception {
    tuned = TunedRun.obtain();
  }

  @Test
  void evaluatingTheRunGivesItsOwnFigures() throws Exception {
    Path figures = folder.resolve("figures.json");

    CommandRun run =
        CommandRun.of("evaluate", tuned.folder().toString(), "--to", figures.toString());

    JsonNode after = RunFolderFiles.json(tuned.folder().resolve("evaluation.json")).get("after");
    assertThat(run.endedWith(0).out()).contains("adapter off", "after", "billing");
    assertThat(RunFolderFiles.json(figures).get("after").get("accuracy"))
        .isEqualTo(after.get("accuracy"));
    assertThat(RunFolderFiles.json(figures).get("adapter_off").get("accuracy").doubleValue())
        .isLessThanOrEqualTo(1);
    assertThat(RunFolderFiles.json(figures).has("before")).isFalse();
  }

  @Test
  void adapterByItselfIsEvaluatedOnNamedRows() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(24));
    String adapter = tuned.folder().resolve("adapter").toString();

    CommandRun run =
        CommandRun.of(
            "evaluate",
            adapter,
            "--data",
            rows.toString(),
            "--format",
            "csv",
            "--text-column",
            "message",
            "--label-column",
            "queue",
            "--work",
            folder.resolve("work").toString(),
            "--set",
            MASTER);

    assertThat(run.endedWith(0).out())
        .startsWith("  24 rows: 0 to train on, 24 held out, 0 unused, none rejected; 3 classes\n")
        .contains("\n24 examples\n");
    assertThat(folder.resolve("work")).as("made for the rows and emptied").isEmptyDirectory();
    assertThat(CommandRun.of("evaluate", adapter, "--set", MASTER).endedWith(2).error())
        .isEqualTo(
            "Model %s lies by itself, so nothing says which rows were held out; name rows with --data"
                .formatted(adapter));
  }

  @Test
  void rowsThatAreNotMeasuredAreCounted() throws Exception {
    List<String> lines = new ArrayList<>(Tickets.csv(3));
    lines.addAll(lines.subList(1, 4));
    lines.addAll(List.of(",billing", "one,field,more", "canary,\u00ff"));
    Path rows = folder.resolve("lossy.csv");
    Files.write(rows, lines, StandardCharsets.ISO_8859_1);
    Path figures = folder.resolve("lossy.json");

    CommandRun run =
        CommandRun.of(
            "evaluate",
            tuned.folder().toString(),
            "--data",
            rows.toString(),
            "--to",
            figures.toString());

    assertThat(run.endedWith(0).out())
        .contains(
            "9 rows: 0 to train on, 3 held out, 0 unused, rejected 1 MALFORMED_ROW, 1 INVALID_UTF8,"
                + " 1 MISSING_TEXT, 3 DUPLICATE; 3 classes")
        .doesNotContain("canary");
    assertThat(RunFolderFiles.json(figures).get("rows").toString())
        .isEqualTo(
            "{\"read\":9,\"rejected\":{\"MALFORMED_ROW\":1,\"INVALID_UTF8\":1,\"MISSING_TEXT\":1,"
                + "\"DUPLICATE\":3},\"unused\":0,\"train\":0,\"test\":3,\"truncated\":0}");
  }

  @Test
  void columnThatIsNotThereIsToldWithoutARecipe() throws Exception {
    Path rows = Files.writeString(folder.resolve("others.csv"), "one,two\nhello,billing\n");

    CommandRun run =
        CommandRun.of(
            "evaluate",
            tuned.folder().resolve("adapter").toString(),
            "--data",
            rows.toString(),
            "--set",
            MASTER);

    assertThat(run.endedWith(3).error())
        .startsWith("Cannot read column \"text\" of ")
        .endsWith(": the columns there are \"one\", \"two\"; name one of them");
  }

  @Test
  void whatSaysNothingAboutLabelledRowsIsRefused() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(24));

    CommandRun run =
        CommandRun.of(
            "evaluate",
            tuned.folder().toString(),
            "--data",
            rows.toString(),
            "--chat-format",
            "chatml");

    assertThat(run.endedWith(2).error())
        .isEqualTo(
            "Cannot use --chat-format here: it says how rows of conversations and texts are read, and"
                + " the model sorts texts into classes; leave it out");
    assertThat(
            CommandRun.of("evaluate", tuned.folder().toString(), "--label-column", "queue")
                .endedWith(2)
                .error())
        .contains("Cannot read the run's own rows in another way", "--label-column is for rows");
  }

  @Test
  void unknownLabelEndsAnEvaluation() throws Exception {
    List<String> lines = new ArrayList<>(Tickets.csv(9));
    lines.add(Tickets.line("canary-text-71 of another queue", "sales"));
    Path rows = Tickets.write(folder, lines);

    CommandRun run =
        CommandRun.of("evaluate", tuned.folder().toString(), "--data", rows.toString());

    assertThat(run.endedWith(3).error())
        .contains("1 of 10", "their label is not one of the 3 known labels", "\"billing\"");
    assertThat(run.err() + run.trace()).doesNotContain("canary-text-71");
  }

  @Test
  void dataPreparedForAnotherBaseAreNotEvaluatedOn() throws Exception {
    Path data = folder.resolve("other-data");
    TicketRecipe.write(folder, TinyBase.withPooler(folder, 3), tuned.rows().toAbsolutePath())
        .run("prepare", folder.resolve("other"), "data.prepared=" + data)
        .endedWith(0);

    CommandRun run =
        CommandRun.of("evaluate", tuned.folder().toString(), "--set", "data.prepared=" + data);

    assertThat(run.endedWith(3).error())
        .isEqualTo(
            "Cannot evaluate on the data at %s: they were prepared for another base; name labelled"
                    .formatted(data)
                + " rows with --data");
  }

  @Test
  void adapterForAnotherBaseIsRefused() throws Exception {
    Path other = TinyBase.withPooler(folder, 5);

    CommandRun run =
        CommandRun.of("evaluate", tuned.folder().toString(), "--base", other.toString());

    assertThat(run.endedWith(2).error())
        .contains("was trained on base", "with SHA-256", "name the base it was trained on");
  }

  @Test
  void tableOfTextKeepsEveryValue() throws Exception {
    String text = "  two\nlines, with a \"quote\" and, a comma ";
    List<String> lines = new ArrayList<>(List.of("id,message,note"));
    lines.add(Tickets.line("1", text, " left "));
    lines.add("2,,");
    lines.add(Tickets.line("3", Tickets.text(2, 5), ""));
    Path rows = Tickets.write(folder, lines);
    Path to = folder.resolve("out.csv");

    CommandRun run =
        CommandRun.of(
            "apply", tuned.folder().toString(), "--input", rows.toString(), "--to", to.toString());

    assertThat(run.endedWith(0).out()).contains("Predicted  column \"prediction\" in " + to);
    String written = content(to, ".csv");
    assertThat(written)
        .startsWith("id,message,note,prediction\n")
        .contains("1,\"  two\nlines, with a \"\"quote\"\" and, a comma \", left ,")
        .contains("\n2,,,\n")
        .containsPattern("3,\"?The connection breaks[^\n]*,\"\",outage\n");
    assertThat(
            CommandRun.of(
                    "apply",
                    tuned.folder().toString(),
                    "--input",
                    rows.toString(),
                    "--to",
                    to.toString())
                .endedWith(2)
                .error())
        .isEqualTo(
            "Cannot write %s: something lies there already; name a place that is free"
                .formatted(to));
  }

  @Test
  void everyFormatComesOutOfEveryOther() throws Exception {
    Path rows =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            "{\"text\": \"The server is down\", \"size\": 3}\n{\"text\": null, \"size\": 4}\n");
    String adapter = tuned.folder().resolve("adapter").toString();
    Path parquet = folder.resolve("out.parquet");
    Path json = folder.resolve("out.jsonl");

    apply(adapter, rows, parquet, "--probability-column", "odds").endedWith(0);
    apply(adapter, parquet, json, "--prediction-column", "again").endedWith(0);
    CommandRun list =
        apply(adapter, parquet, folder.resolve("out.csv"), "--prediction-column", "p");

    assertThat(content(json, ".json"))
        .contains("\"again\":\"outage\"")
        .contains("\"text\":null,\"prediction\":null,\"odds\":null,\"again\":null");
    assertThat(list.endedWith(2).error())
        .isEqualTo(
            "Cannot write column \"odds\" to %s: its type is array<double>, and a text file holds"
                    .formatted(folder.resolve("out.csv"))
                + " single values; write to .jsonl or .parquet");
  }

  @Test
  void tableWithoutTheTextNamesItsColumns() throws Exception {
    Path rows = Files.writeString(folder.resolve("rows.csv"), "massage\nhello\n");

    CommandRun run =
        CommandRun.of(
            "apply",
            tuned.folder().toString(),
            "--input",
            rows.toString(),
            "--to",
            folder.resolve("out.csv").toString());

    assertThat(run.endedWith(3).error()).contains("did you mean \"massage\"?");
  }

  @Test
  void remediesNameTheOptionsOfTheCommand() throws Exception {
    Path rows = Files.writeString(folder.resolve("rows.csv"), "text,Prediction\nhello,x\n");
    String adapter = tuned.folder().resolve("adapter").toString();
    Path to = folder.resolve("out.csv");

    assertThat(apply(adapter, rows, to, "--text-column", "zzzzzzzz").endedWith(3).error())
        .isEqualTo(
            "Cannot find column \"zzzzzzzz\" in the table: its columns are \"text\","
                + " \"Prediction\"; set --text-column to one of them");
    assertThat(apply(adapter, rows, to).endedWith(2).error())
        .contains("has \"Prediction\" already; set --prediction-column to another name");
    assertThat(
            apply(adapter, rows, to, "--prediction-column", "p", "--probability-column", "p")
                .endedWith(2)
                .error())
        .contains("set --probability-column to another name");
    assertThat(apply(adapter, rows, to, "--prediction-column", "").endedWith(2).error())
        .isEqualTo(
            "Invalid column to add: \"\" (must have a name); name it with --prediction-column");
  }

  @Test
  void damagedTableIsNotAppliedTo() throws Exception {
    Path rows = folder.resolve("damaged.csv");
    Files.write(
        rows, List.of("id,message", "1,hello", "2,\u00ff canary"), StandardCharsets.ISO_8859_1);
    Path to = folder.resolve("out.csv");

    CommandRun run =
        CommandRun.of(
            "apply", tuned.folder().toString(), "--input", rows.toString(), "--to", to.toString());

    assertThat(run.endedWith(3).error())
        .contains("on line 3 the bytes are not valid UTF-8; such rows (1 INVALID_UTF8)")
        .doesNotContain("canary");
    assertThat(to).doesNotExist();
  }

  private static CommandRun apply(String adapter, Path input, Path to, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("apply", adapter, "--input", input.toString(), "--to", to.toString()));
    arguments.addAll(List.of("--set", MASTER));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  /** The lines of all files of an ending in a folder, in the order of their names. */
  private static String content(Path folder, String ending) throws IOException {
    StringBuilder content = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(it -> it.toString().endsWith(ending)).sorted().toList()) {
        content.append(Files.readString(file));
      }
    }
    return content.toString();
  }
}
