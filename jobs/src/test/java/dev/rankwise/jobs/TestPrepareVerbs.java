package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code validate}, {@code prepare} and {@code preview}: what happens before training. */
@Tag("spark")
final class TestPrepareVerbs {
  @TempDir Path folder;

  @Test
  void validRecipeIsValid() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));

    CommandRun run = TicketRecipe.write(folder, "minilm", rows).run("validate", folder);

    assertThat(run.endedWith(0).out())
        .contains("Adapter    lora on 12 modules of BertModel, rank 4")
        .endsWith("The recipe is valid\n");
  }

  @Test
  void allProblemsAreToldAtOnce() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));

    CommandRun run =
        TicketRecipe.write(folder, "minilm", rows)
            .run("validate", folder, "data.max-tokens=9000", "adapter.targets=[qwery]");

    assertThat(run.endedWith(2).err()).contains("data.max-tokens: 9000", "qwery");
  }

  @Test
  void foreignSpellingsAreEchoed() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));
    Path recipe =
        Files.writeString(
            folder.resolve("foreign.yaml"),
            "base: {model: minilm}\ndata: {source: \"%s\"}\nlora_r: 4\nmodules_to_save: [classifier, pooler]\n"
                .formatted(rows));

    assertThat(CommandRun.of("validate", recipe.toString()).endedWith(0).out())
        .contains("Note: ", "lora_r", "adapter.rank");
  }

  @Test
  void preparingAgainChangesNothing() throws Exception {
    TicketRecipe recipe = recipe(Tickets.csv(40));
    Path run = folder.resolve("run");

    CommandRun first = recipe.run("prepare", run).endedWith(0);
    SortedMap<String, String> data = RunFolderFiles.hashes(run.resolve("data"));
    CommandRun second = recipe.run("prepare", run).endedWith(0);

    assertThat(first.out())
        .contains("40 rows: ", "none rejected; 3 classes")
        .doesNotContain("unchanged");
    assertThat(second.out()).contains("unchanged since: 40 rows: ", "Prepared   ");
    assertThat(RunFolderFiles.hashes(run.resolve("data"))).isEqualTo(data);
  }

  /** What is prepared of rows that are kept is what would be prepared of all of them. */
  @Test
  void newFilesAloneAreReadAndTheDataAreThoseOfAllRows() throws Exception {
    List<String> all = Tickets.csv(40);
    Path rows = Files.createDirectories(folder.resolve("rows"));
    Files.write(rows.resolve("a.csv"), all.subList(0, 31));
    TicketRecipe recipe = TicketRecipe.write(folder, TinyBase.withPooler(folder, 1), rows);
    Path run = folder.resolve("run");
    recipe.run("prepare", run, "data.incremental=true").endedWith(0);
    List<String> more = new ArrayList<>(List.of(all.get(0)));
    more.addAll(all.subList(21, all.size()));
    Files.write(rows.resolve("b.csv"), more);

    CommandRun second = recipe.run("prepare", run, "data.incremental=true").endedWith(0);
    CommandRun third = recipe.run("prepare", run, "data.incremental=true").endedWith(0);
    recipe.run("prepare", folder.resolve("whole"), "data.incremental=false").endedWith(0);

    assertThat(second.out())
        .contains("  1 new file read, 30 rows kept", "50 rows: ", "rejected 10 DUPLICATE");
    assertThat(third.out()).contains("unchanged since: 50 rows: ").doesNotContain("kept");
    JsonNode kept = RunFolderFiles.json(run.resolve("data/manifest.json"));
    JsonNode whole = RunFolderFiles.json(folder.resolve("whole/data/manifest.json"));
    for (String field : List.of("content_sha256", "freshness", "funnel", "sources", "settings")) {
      assertThat(kept.path(field)).as(field).isEqualTo(whole.path(field));
    }
  }

  @Test
  void dataMayLieElsewhere() throws Exception {
    Path data = folder.resolve("shared-data");

    recipe(Tickets.csv(40))
        .run("prepare", folder.resolve("run"), "data.prepared=" + data)
        .endedWith(0);

    assertThat(data.resolve("manifest.json")).exists();
    assertThat(folder.resolve("run/data")).doesNotExist();
  }

  @Test
  void previewShowsTokensAndLabels() throws Exception {
    TicketRecipe recipe = recipe(Tickets.csv(40));

    CommandRun run =
        CommandRun.of(
            "preview",
            recipe.file().toString(),
            "--out",
            folder.resolve("run").toString(),
            "--examples",
            "2");

    List<String> tokens =
        run.endedWith(0).out().lines().filter(line -> line.startsWith("[CLS]\u2502")).toList();
    assertThat(tokens).hasSize(2).allMatch(line -> line.endsWith("\u2502[SEP]"));
    assertThat(run.out())
        .containsPattern("\\[(billing|feature|outage)\\]   row \\w+   \\d+ tokens");
    assertThat(run.out()).doesNotContain("\u001b");
  }

  /** A look leaves nothing, and needs no folder. */
  @Test
  void previewNeedsNoRunFolder() throws Exception {
    TicketRecipe recipe = recipe(Tickets.csv(40));

    assertThat(CommandRun.of("preview", recipe.file().toString()).endedWith(0).out())
        .contains("[CLS]\u2502");
  }

  /** The first token of a text is nobody's target, so it is not shown as one. */
  @Test
  void previewMarksTargetsAlone() throws Exception {
    CommandRun run =
        conversations()
            .run(
                "preview",
                folder.resolve("run"),
                "data.row-format=auto",
                "data.chat-format=chatml",
                "data.train-on=all",
                "data.test-fraction=0");

    Matcher told =
        Pattern.compile("(\\d+) tokens, (\\d+) trained on").matcher(run.endedWith(0).out());
    assertThat(told.find()).isTrue();
    assertThat(told.group(2)).isEqualTo("" + (Integer.parseInt(told.group(1)) - 1));
    assertThat(run.out().lines().filter(line -> line.contains("\u2502")))
        .singleElement()
        .asString()
        .matches("[^\\[]+\u2502\\[.*\\]");
  }

  @Test
  void previewShowsWhichTokensOfAConversationAreTrainedOn() throws Exception {
    CommandRun run =
        conversations()
            .run(
                "preview",
                folder.resolve("run"),
                "data.row-format=auto",
                "data.chat-format=chatml",
                "data.test-fraction=0");

    assertThat(run.endedWith(0).out())
        .contains(
            "2 rows: 1 to train on, 0 held out, 0 unused, rejected 1 STARTS_WITH_ASSISTANT,"
                + " 1 longer than 32 tokens;")
        .contains("1 sequence, ")
        .containsPattern("sequence 0   1 text   \\d+ tokens, \\d+ trained on\nrow \\w{64}\n")
        .contains("[a\u2502ticket\u2502<")
        .doesNotContain("\u001b");
  }

  @Test
  void conversationsNeedAFormThatIsKnownAndATemplate() throws Exception {
    TicketRecipe recipe = conversations();
    Path run = folder.resolve("run");

    assertThat(recipe.run("prepare", run, "data.row-format=messages").endedWith(2).err())
        .contains("has no chat template of its own", "data.chat-format: chatml, llama2");
    assertThat(
            recipe
                .run(
                    "prepare",
                    run,
                    "data.source=sql:SELECT 1 AS question",
                    "data.row-format=auto",
                    "data.chat-format=chatml")
                .endedWith(3)
                .err())
        .contains("Cannot tell the form of the rows by their columns (question): messages needs");
    assertThat(recipe.run("validate", run, "data.chat-format=chatlm").endedWith(2).err())
        .contains("chatml");
    assertThat(
            recipe
                .run("validate", run, "data.row-format=text", "data.columns={prompt: a}")
                .endedWith(2)
                .err())
        .contains("rows of the form \"text\" have no \"prompt\"");
  }

  private TicketRecipe conversations() throws Exception {
    Path rows =
        Files.write(
            folder.resolve("talk.jsonl"),
            List.of(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"What is it?\"},"
                    + "{\"role\":\"assistant\",\"content\":\"A ticket\"}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A ticket\"}]}"));
    return TicketRecipe.write(folder, TinyBase.decoder(folder, 1), rows);
  }

  @Test
  void heldOutRowsMayLieElsewhere() throws Exception {
    Path held = Tickets.write(folder, Tickets.csv(12));
    List<String> others = new ArrayList<>(List.of("message,queue"));
    for (int i = 100; i < 130; i++) {
      others.add(Tickets.line(Tickets.text(i % 3, i), Tickets.QUEUES.get(i % 3)));
    }

    CommandRun run =
        recipe(others)
            .run(
                "prepare",
                folder.resolve("run"),
                "data.test-fraction=null",
                "data.evaluation-source=" + held);

    assertThat(run.endedWith(0).out()).contains("30 to train on, 12 held out");
  }

  @Test
  void rowsThatAreAllHeldOutAreToldAsSuch() throws Exception {
    Path held = Tickets.write(folder, Tickets.csv(12));

    CommandRun run =
        recipe(Tickets.csv(12))
            .run(
                "prepare",
                folder.resolve("run"),
                "data.test-fraction=null",
                "data.evaluation-source=" + held);

    assertThat(run.endedWith(3).error())
        .endsWith(
            "because the same text is held out); name other rows in data.evaluation-source, or hold"
                + " some of these out with data.test-fraction");
  }

  /** With a flag that makes it another row, a conversation says the same. */
  @Test
  void conversationsThatAreHeldOutElsewhereAreNotTrainedOn() throws Exception {
    String talk =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Is it %s?\"},"
            + "{\"role\":\"assistant\",\"content\":\"A ticket\"%s}]}";
    Path rows =
        Files.write(
            folder.resolve("talk.jsonl"),
            List.of(
                talk.formatted("one", ""),
                talk.formatted("two", ",\"train\":true"),
                talk.formatted("three", "")));
    Path held =
        Files.write(
            folder.resolve("held.jsonl"),
            List.of(talk.formatted("two", ""), talk.formatted("four", "")));

    CommandRun run =
        TicketRecipe.write(folder, TinyBase.decoder(folder, 1), rows)
            .run(
                "prepare",
                folder.resolve("run"),
                "data.chat-format=chatml",
                "data.test-fraction=null",
                "data.evaluation-source=" + held);

    assertThat(run.endedWith(0).out())
        .contains("5 rows: 2 to train on, 2 held out, 0 unused, rejected 1 HELD_OUT");
  }

  private TicketRecipe recipe(List<String> lines) throws Exception {
    return TicketRecipe.write(folder, TinyBase.withPooler(folder, 1), Tickets.write(folder, lines));
  }
}
