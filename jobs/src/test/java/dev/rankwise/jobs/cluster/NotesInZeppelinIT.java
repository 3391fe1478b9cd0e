package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.notebook.Note;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The notes on a real Zeppelin server, over REST. What they show stays as one page, {@code
 * notes.html} of the folder; {@link ZeppelinServer} says what here is Zeppelin's own.
 */
@Tag("cluster")
@Tag("long")
final class NotesInZeppelinIT {
  private static final Path FOLDER = ClusterFolders.empty("zeppelin");
  private static final Duration LIMIT = Duration.ofMinutes(30);

  /** Zeppelin cuts what a paragraph shows after so many bytes. */
  private static final int MOST_SHOWN = 102_400;

  private static final List<String> PAGE = new ArrayList<>();

  private static ZeppelinServer server;

  static List<Note> notes() {
    return Note.all();
  }

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    SparkHome home = NotebookHome.spark(FOLDER.resolve("spark"));
    server =
        ZeppelinServer.start(
            home, FOLDER.resolve("server"), NotebookHome.settings(FOLDER.resolve("runs")));
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
      Files.writeString(FOLDER.resolve("notes.html"), ShownNotes.page(PAGE));
    }
  }

  @ParameterizedTest
  @MethodSource("notes")
  void everyParagraphEndsWellAndShowsWhatItIsTo(Note note)
      throws IOException, InterruptedException {
    // A process that loaded the native library ends, and the next one loads it again.
    server.restartSpark();
    String id = server.imported(note.file());
    server.run(id);
    JsonNode ran = ended(id, note.paragraphs().size());

    List<Note.Paragraph> paragraphs = note.paragraphs();
    for (int i = 0; i < paragraphs.size(); i++) {
      JsonNode paragraph = ran.get("paragraphs").get(i);
      PAGE.addAll(ShownNotes.of(paragraph));
      assertThat(paragraph.get("status").textValue())
          .as(paragraph.toPrettyString())
          .isEqualTo("FINISHED");
      assertThat(types(paragraph))
          .as(paragraph.get("title").textValue())
          .contains(type(paragraphs.get(i)));
      for (JsonNode message : paragraph.path("results").path("msg")) {
        assertThat(message.get("data").textValue())
            .hasSizeLessThan(MOST_SHOWN)
            .doesNotContain("Output is truncated");
      }
    }
  }

  private static String type(Note.Paragraph paragraph) {
    if (paragraph.code().contains("%html") || paragraph.code().contains("Notebook.tune")) {
      return "HTML";
    }
    boolean table =
        paragraph.language() == Note.Language.SQL || paragraph.code().contains("Notebook.table");
    return table ? "TABLE" : "TEXT";
  }

  private static List<String> types(JsonNode paragraph) {
    List<String> types = new ArrayList<>();
    paragraph
        .path("results")
        .path("msg")
        .forEach(message -> types.add(message.get("type").textValue()));
    return types;
  }

  @Test
  void aParagraphThatIsStoppedLeavesACheckpointAndGoesOnFromThere()
      throws IOException, InterruptedException {
    server.restartSpark();
    Note note =
        Note.all().stream()
            .filter(it -> it.name().equals("before-and-after"))
            .findFirst()
            .orElseThrow();
    Path copy = FOLDER.resolve("stopped.zpln");
    Files.writeString(
        copy,
        Files.readString(note.file())
            .replace(note.json().get("name").textValue(), "Rankwise/Stopped")
            .replace("/words", "/stopped")
            .replace("epochs: 1, max-steps: 80", "epochs: 3, max-steps: 240"));
    String id = server.imported(copy);
    JsonNode paragraphs = server.note(id).get("paragraphs");
    server.run(id, paragraphs.get(0).get("id").textValue());
    awaited(id, 0, "FINISHED");
    String tuning = paragraphs.get(1).get("id").textValue();

    server.run(id, tuning);
    Path metrics = FOLDER.resolve("runs/stopped/metrics.jsonl");
    // Every ten seconds it says how far it is.
    for (int look = 0; look < LIMIT.toSeconds() && !hasSteps(metrics); look++) {
      Thread.sleep(1_000);
    }
    assertThat(server.note(id).get("paragraphs").get(1).get("status").textValue())
        .isEqualTo("RUNNING");
    // A button that is pressed between two steps is pressed again.
    for (int press = 0; press < 20 && !over(id, 1); press++) {
      server.stop(id, tuning);
      Thread.sleep(1_000);
    }
    assertThat(metrics).exists();
    try (var checkpoints = Files.list(FOLDER.resolve("runs/stopped/checkpoints"))) {
      assertThat(checkpoints.filter(it -> it.getFileName().toString().contains("step-")))
          .isNotEmpty();
    }

    server.run(id, tuning);
    JsonNode done = awaited(id, 1, "FINISHED");
    assertThat(shown(done)).contains("going on after step ", "Step 240 of 240");
  }

  private static boolean hasSteps(Path metrics) throws IOException {
    return Files.exists(metrics) && Files.size(metrics) > 0;
  }

  private static boolean over(String id, int paragraph) throws IOException, InterruptedException {
    String status = server.note(id).get("paragraphs").get(paragraph).get("status").textValue();
    return !List.of("PENDING", "RUNNING").contains(status);
  }

  private static String shown(JsonNode paragraph) {
    StringBuilder shown = new StringBuilder();
    paragraph
        .path("results")
        .path("msg")
        .forEach(message -> shown.append(message.get("data").textValue()));
    return shown.toString();
  }

  private static JsonNode awaited(String id, int paragraph, String status)
      throws IOException, InterruptedException {
    for (long look = 0; look < LIMIT.toSeconds(); look++) {
      JsonNode now = server.note(id).get("paragraphs").get(paragraph);
      if (now.get("status").textValue().equals(status)) {
        return now;
      }
      assertThat(now.get("status").textValue()).as(now.toPrettyString()).isNotEqualTo("ERROR");
      Thread.sleep(1_000);
    }
    throw new AssertionError("A paragraph did not end");
  }

  /** The note once all paragraphs have ended, or one has failed: later ones are then not run. */
  private static JsonNode ended(String id, int paragraphs)
      throws IOException, InterruptedException {
    for (long look = 0; look < LIMIT.toSeconds(); look++) {
      JsonNode note = server.note(id);
      int finished = 0;
      boolean failed = false;
      for (JsonNode paragraph : note.get("paragraphs")) {
        String status = paragraph.get("status").textValue();
        finished += status.equals("FINISHED") ? 1 : 0;
        failed |= List.of("ERROR", "ABORT").contains(status);
      }
      if (failed || finished == paragraphs) {
        return note;
      }
      Thread.sleep(1_000);
    }
    throw new AssertionError("The note did not end");
  }
}
