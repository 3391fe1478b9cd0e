package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are not as they should be are counted, and the run goes on without showing them. */
@Tag("spark")
final class TestHostileRows {
  private static final String CANARY_ROW = "quetzalcoatl-4711";
  private static final String CANARY_SECRET = "swordfish-0815";

  @TempDir static Path home;

  private static Path base;

  @TempDir Path folder;

  @BeforeAll
  static void makeBase() throws IOException {
    base = TinyBase.withPooler(home, 1);
  }

  @Test
  void textOfTenMegabytesIsCountedAsTooLong() throws Exception {
    List<String> lines = new ArrayList<>(Tickets.csv(48));
    lines.add(Tickets.line("long ".repeat(2_000_000), "billing"));

    CommandRun run = tune(Tickets.write(folder, lines)).endedWith(0);

    assertThat(run.out()).contains("49 rows: ", "rejected 1 TOO_LONG; 3 classes");
  }

  @Test
  void invalidUtf8InCsvIsCounted() throws Exception {
    Path file = broken(String.join("\n", Tickets.csv(48)) + "\n", "\"bad ", " text\",billing\n");

    assertThat(tune(file).endedWith(0).out()).contains("49 rows: ", "rejected 1 INVALID_UTF8");
  }

  @Test
  void invalidUtf8InJsonLinesIsCounted() throws Exception {
    StringBuilder good = new StringBuilder();
    for (int i = 0; i < 48; i++) {
      good.append(
          "{\"message\": \"%s\", \"queue\": \"%s\"}%n"
              .formatted(Tickets.text(i % 3, i), Tickets.QUEUES.get(i % 3)));
    }
    Path file =
        broken(good.toString(), "{\"message\": \"bad ", " text\", \"queue\": \"billing\"}\n");
    Path lines = Files.move(file, folder.resolve("rows.jsonl"));

    assertThat(tune(lines).endedWith(0).out()).contains("49 rows: ", "rejected 1 INVALID_UTF8");
  }

  @Test
  void hostileJsonLinesAreCountedEachByItsReason() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      lines.add(json(Tickets.text(i % 3, i), i));
    }
    for (String text :
        List.of(
            "a NUL \\u0000 in it",
            "\\u001b[2J clears a terminal",
            "half a pair \\ud800",
            "the other half \\udc00 of it",
            "a tab that is not escaped: \t",
            "a bell that is not escaped: \u0007")) {
      lines.add(json(text, 1));
    }
    lines.add("{\"message\": " + "[".repeat(100_000) + "]".repeat(100_000) + ", \"queue\": \"a\"}");
    lines.add("{\"message\": [[1]], \"queue\": \"billing\"}");
    lines.add(json("long ".repeat(2_000_000), 1));
    Path rows = Files.write(folder.resolve("rows.jsonl"), lines);

    CommandRun run = tune(rows).endedWith(0);

    assertThat(run.out())
        .contains("57 rows: ", "3 MALFORMED_ROW", "2 INVALID_UTF8", "2 CONTROL_CHARACTER")
        .contains("1 WRONG_TYPE", "1 TOO_LONG");
  }

  @Test
  void hostileCellsOfCsvAreCountedEachByItsReason() throws Exception {
    List<String> lines = new ArrayList<>(Tickets.csv(48));
    lines.add(Tickets.line("a NUL \0 in it", "billing"));
    lines.add(Tickets.line("\u001b]0;title\u0007 names a window", "billing"));
    lines.add(Tickets.line("a label", "bill\u0001ing"));

    CommandRun run = tune(Tickets.write(folder, lines)).endedWith(0);

    assertThat(run.out()).contains("51 rows: ", "rejected 3 CONTROL_CHARACTER; 3 classes");
  }

  private static String json(String message, int number) {
    String queue = Tickets.QUEUES.get(number % 3);
    return "{\"message\": \"%s\", \"queue\": \"%s\"}".formatted(message, queue);
  }

  @Test
  void rowsAndSecretsStayOutOfEverythingThatIsWritten() throws Exception {
    List<String> lines = new ArrayList<>(Tickets.csv(48));
    lines.add(Tickets.line(CANARY_ROW + " " + "long ".repeat(2_000), "billing"));
    lines.add(Tickets.line("another " + CANARY_ROW, ""));
    lines.add("\"" + CANARY_ROW + "\",\"billing\",\"a field too many\"");
    Path rows = Tickets.write(folder, lines);
    TicketRecipe recipe = TicketRecipe.write(folder, base, rows);
    Files.writeString(
        recipe.file(),
        Files.readString(recipe.file())
            .replace("spark: {", "spark: {hadoop.fs.s3a.secret.key: " + CANARY_SECRET + ", "));
    Path run = folder.resolve("run");
    String token = "spark.hadoop.fs.azure.account.oauth2.client.secret=" + CANARY_SECRET;

    CommandRun good = recipe.run("tune", run, "data.max-characters=200", token).endedWith(0);
    CommandRun bad =
        recipe
            .run(
                "tune",
                run,
                "data.max-characters=200",
                token,
                "data.labels=[billing, sales]",
                "data.unknown-labels=fail")
            .endedWith(3);
    CommandRun again = CommandRun.of("inspect", run.resolve("recipe.yaml").toString()).endedWith(0);

    assertThat(good.out()).contains("1 TOO_LONG", "1 MISSING_LABEL", "1 MALFORMED_ROW");
    for (CommandRun command : List.of(good, bad, again)) {
      clean(command.out() + command.err() + command.trace(), "what the command told");
    }
    for (String name : RunFolderFiles.hashes(run).keySet()) {
      String content = Files.readString(run.resolve(name), StandardCharsets.ISO_8859_1);
      clean(content, name);
    }
    String log = Files.readString(Path.of(System.getProperty("rankwise.log")));
    assertThat(log.contains("INFO SparkEnv: ")).as("Spark's lines stand in the log").isTrue();
    clean(log, "the log");
  }

  private static void clean(String text, String what) {
    assertThat(text.contains(CANARY_ROW) || text.contains(CANARY_SECRET)).as(what).isFalse();
  }

  private CommandRun tune(Path rows) throws IOException {
    return TicketRecipe.write(folder, base, rows).run("tune", folder.resolve("run"));
  }

  /** A file that ends in a row with a byte that begins no character. */
  private Path broken(String good, String before, String after) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(good.getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(before.getBytes(StandardCharsets.UTF_8));
    bytes.write(0xff);
    bytes.writeBytes(after.getBytes(StandardCharsets.UTF_8));
    return Files.write(folder.resolve("rows.csv"), bytes.toByteArray());
  }
}
