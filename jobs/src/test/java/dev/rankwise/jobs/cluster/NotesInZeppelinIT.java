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
  private static final Duration LIMIT = Duration.ofMinutes(10);

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
