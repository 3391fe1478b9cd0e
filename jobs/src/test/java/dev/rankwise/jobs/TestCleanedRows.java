package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code conf/clean-table.yaml} on a small table, and what runs keep of their rows. */
@Tag("spark")
final class TestCleanedRows {
  private static final Path CONF = Path.of("..", "conf", "clean-table.yaml");
  private static final String SECRET_TEXT = "AKIAIOSFODNN7EXAMPLE";

  private static final List<String> SUBJECTS =
      List.of(
          "printer",
          "password",
          "invoice",
          "delivery",
          "account",
          "keyboard",
          "network",
          "contract",
          "license",
          "backup");
  private static final List<String> EVENTS =
      List.of(
          "stopped working after the update last night and nobody here knows what else we could try",
          "is missing from our list although we ordered it in the spring and paid for it in full",
          "needs to be changed because the person who used to be responsible for it has left us");
  private static final String TWICE =
      "The same words were sent to you by two different people this morning.";
  private static final String NEARLY =
      "We would like to know when the new version will be delivered to our office in the city since"
          + " everybody is waiting for it and the old one ";

  /** How many of the further rows, the first ones, a robot wrote. */
  private static final int ROBOTS = 2;

  private static final List<String> FURTHER =
      List.of(
          "This was written by a machine and should be left out here.",
          "So was this one, which nobody has ever read at all.",
          "Please do not train on this message that I write to you.",
          "Das ist eine Nachricht in deutscher Sprache, die niemand hier lesen kann.",
          "My access key " + SECRET_TEXT + " does not work any longer, please help.",
          "My card 4111111111111111 was charged twice, please pay it back.",
          TWICE,
          TWICE,
          NEARLY + "is slow",
          NEARLY + "is broken",
          "I wonder what a benchmark asks with more than a dozen of words in one row which no ticket",
          "The cafÃ© on the ground floor has no light since yesterday evening.",
          "There is a bell\u0007 in this text that nobody will ever see.",
          "Please write to jane@example.com or call +49-30-901820 when it has been repaired.",
          "help-us-now !! -- ..");

  @TempDir Path folder;

  @Test
  void theExampleCleansATable() throws Exception {
    Path rows = Files.write(folder.resolve("tickets.csv"), table());
    Path set =
        Files.write(
            folder.resolve("benchmark.jsonl"),
            List.of(
                "{\"message\":\"what a benchmark asks with more than a dozen of words in one row which no"
                    + " ticket should have\"}"));
    Path run = folder.resolve("run");

    CommandRun prepared =
        CommandRun.of(
            "prepare",
            CONF.toString(),
            "--out",
            run.toString(),
            "--set",
            "base.model=" + TinyBase.withPooler(folder, 1),
            "--set",
            "data.source=" + rows,
            "--set",
            "data.decontaminate=[\"" + set + "\"]",
            "--set",
            "spark.master=local[2]");

    assertThat(prepared.endedWith(0).out())
        .contains(
            "rejected 2 FILTERED, 1 COLUMN_RULE, 1 WORD_COUNT, 1 OTHER_LANGUAGE, 1 SECRET_FOUND,"
                + " 1 CARD_FOUND, 1 SAME_TEXT, 1 NEARLY_SAME_TEXT, 1 IN_EVALUATION")
        .contains("changed 1 ENCODING_REPAIRED, 1 CONTROLS_REMOVED, 1 EMAIL_MASKED, 1 PHONE_MASKED")
        .doesNotContain(SECRET_TEXT);
    JsonNode manifest = RunFolderFiles.json(run.resolve("data/manifest.json"));
    assertThat(manifest.path("settings").path("split").asText())
        .isEqualTo("fraction 0.2 by hash of customer test, others train");
    assertThat(manifest.path("settings").path("languages").asText()).isEqualTo("en");
    try (Stream<Path> files = Files.walk(run)) {
      assertThat(files.filter(file -> file.toString().endsWith(".json")))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(Files.readString(file)).doesNotContain(SECRET_TEXT));
    }
    assertThat(CommandRun.of("inspect", run.resolve("data").toString()).endedWith(0).out())
        .containsPattern("changed EMAIL_MASKED +1")
        .containsPattern("rejected SAME_TEXT +1");
  }

  @Test
  void aRunSaysWhatItDidWithARow() throws Exception {
    List<String> lines = new ArrayList<>(List.of("ticket,message,queue"));
    for (int i = 0; i < 40; i++) {
      lines.add(Tickets.line("T-" + i, Tickets.text(i % 3, i), Tickets.QUEUES.get(i % 3)));
    }
    TicketRecipe recipe =
        TicketRecipe.write(folder, TinyBase.withPooler(folder, 1), Tickets.write(folder, lines));
    Path runs = folder.resolve("runs");
    CommandRun tuned =
        recipe.run("tune", runs.resolve("night/one"), "data.key-column=ticket").endedWith(0);
    assertThat(tuned.out()).contains("Adapter");
    Path run = runs.resolve("night/one");
    String adapter = RunFolderFiles.json(run.resolve("result.json")).get("adapter_sha256").asText();
    List<String> trained = new ArrayList<>();
    List<String> held = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      CommandRun asked = CommandRun.of("which-runs-saw", "T-" + i, "--in", runs.toString());
      (asked.endedWith(0).out().startsWith("trained on  " + run) ? trained : held).add(asked.out());
    }
    JsonNode manifest = RunFolderFiles.json(run.resolve("data/manifest.json"));
    assertThat(trained).hasSize(manifest.path("train").path("examples").intValue());
    assertThat(held).hasSize(manifest.path("test").path("examples").intValue()).isNotEmpty();
    assertThat(trained)
        .allMatch(out -> out.contains("(succeeded, adapter_sha256 " + adapter + ", finished 2"))
        .allMatch(out -> out.endsWith("1 of 1 run used the row\n"));
    assertThat(held).allMatch(out -> out.startsWith("held out    " + run));
    Path other = Files.createDirectories(runs.resolve("older"));
    Files.copy(run.resolve("lineage.json"), other.resolve("lineage.json"));
    assertThat(CommandRun.of("which-runs-saw", "T-40", "--in", runs.toString()).endedWith(0).out())
        .isEqualTo(
            ("None of 1 run used the row\nNote: 1 run, such as %s, kept no ids of rows (row-ids.bin),"
                    + " so nothing is known of them; tune them again to know\n")
                .formatted(other));
    assertThat(
            CommandRun.of("which-runs-saw", "T-1", "--in", folder.resolve("no").toString())
                .endedWith(2)
                .error())
        .isEqualTo(
            "Cannot look for runs in %s: there is no such folder; name one that holds run folders"
                .formatted(folder.resolve("no")));
    Path sound = Files.createDirectories(runs.resolve("sound"));
    Files.copy(run.resolve("row-ids.bin"), sound.resolve("row-ids.bin"));
    Files.writeString(sound.resolve("result.json"), "{");
    Files.write(run.resolve("row-ids.bin"), new byte[30]);
    CommandRun damaged =
        CommandRun.of("which-runs-saw", "T-1", "--in", runs.toString()).endedWith(4);
    assertThat(damaged.out())
        .as("what can be told is told")
        .containsPattern(
            "(trained on|held out  )  " + sound + "  \\(unfinished\\)\n1 of 1 run used");
    assertThat(damaged.error())
        .isEqualTo(
            "Cannot read the ids of rows in %s: it is cut short or no such file; the run that wrote it can write it again"
                .formatted(run.resolve("row-ids.bin")));
  }

  /** 30 sound rows, and those for each thing that a step takes or changes. */
  private static List<String> table() {
    List<String> lines = new ArrayList<>(List.of("ticket_id,message,queue,channel,customer"));
    for (int i = 0; i < 30; i++) {
      String text =
          "Good morning, the %s %s."
              .formatted(SUBJECTS.get(i % SUBJECTS.size()), EVENTS.get(i / SUBJECTS.size()));
      lines.add(line(i, text, "mail"));
    }
    for (int i = 0; i < FURTHER.size(); i++) {
      lines.add(line(30 + i, FURTHER.get(i), i < ROBOTS ? "robot" : "mail"));
    }
    return lines;
  }

  private static String line(int number, String text, String channel) {
    return Tickets.line(
        "T-" + number, text, Tickets.QUEUES.get(number % 3), channel, "customer-" + number % 15);
  }
}
