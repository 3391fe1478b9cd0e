package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.notebook.Note;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The notes in Spark's own shell, line by line: every paragraph, those of SQL as {@code
 * spark.sql(...)}.
 */
@Tag("cluster")
@Tag("long")
final class NotesInShellIT {
  private static final Path FOLDER = ClusterFolders.empty("shell");
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final String BEGIN = "paragraph begins: ";

  private static SparkHome home;

  static List<Note> notes() {
    return Note.all();
  }

  @BeforeAll
  static void layOut() throws IOException {
    home = NotebookHome.spark(FOLDER.resolve("home"));
  }

  @ParameterizedTest
  @MethodSource("notes")
  void everyParagraphRuns(Note note) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(FOLDER.resolve(note.name()));
    Path input = Files.writeString(folder.resolve("note.scala"), shell(note));
    String said = said(folder, input);

    // An error is printed and the next line read, and the exit code is 0 all the same.
    assertThat(said).doesNotContain("error:", "Exception", "warning: ");
    String[] parts = said.split("(?m)^(?:scala> )*" + BEGIN);
    List<Note.Paragraph> paragraphs = note.paragraphs();
    assertThat(parts).hasSize(paragraphs.size() + 1);
    for (int i = 0; i < paragraphs.size(); i++) {
      Note.Paragraph paragraph = paragraphs.get(i);
      String output = parts[i + 1];
      if (paragraph.code().contains("%html")) {
        assertThat(output).as(paragraph.title()).contains("%html <style>.rankwise {", "</div>");
      }
      if (paragraph.code().contains("Notebook.tune")) {
        assertThat(output).as(paragraph.title()).contains("%html ", "rankwise-frame", "Step 1 of ");
      }
      if (paragraph.language() == Note.Language.SQL) {
        // A head and at least two rows.
        assertThat(output).as(paragraph.title()).containsPattern("%table \\w.*\n.+\n.+");
      }
    }
  }

  @Test
  void theScalaAndTheSqlOfTheDocumentGoTogether() throws IOException, InterruptedException {
    Path folder = Files.createDirectories(FOLDER.resolve("document"));
    Path glosses = folder.resolve("glosses.csv");
    Files.writeString(glosses, "1,a small dog\n2,a soup of beets\n3,\n");
    Path model = folder.resolve("model");
    String document = Files.readString(Path.of("..", "docs", "spark-ml.md"));
    String[] queries =
        block(document, "sql").replace("'glosses.csv'", "'" + glosses + "'").split(";\\s*\n");
    String text =
        """
        val rows = dev.rankwise.jobs.notebook.Notebook.rows("wordnet").where("label IN ('animal', 'food')").where("hash(id) % 50 = 0").withColumnRenamed("text", "gloss").cache()
        val train = rows.where("hash(id) % 4 <> 0")
        val test = rows.where("hash(id) % 4 = 0")
        """
            + block(document, "scala").replace("hdfs:///models/glosses", model.toString())
            + """
            println("stages: " + again.stages.length)
            again.stages(1).asInstanceOf[dev.rankwise.pipeline.estimator.AdapterClassifierModel].register(spark, "kind_of")
            val view = spark.sql(\"""%s\""")
            println("kinds: " + spark.sql(\"""%s\""").collect().map(_.getLong(1)).sum)
            """
                .formatted(queries[0], queries[1]);

    String said = said(folder, Files.writeString(folder.resolve("document.scala"), text));

    assertThat(said).doesNotContain("error:", "Exception").contains("stages: 2", "kinds: 2");
    assertThat(model.resolve("stages")).isDirectory();
  }

  private static String block(String document, String language) {
    String begin = "```" + language + "\n";
    int from = document.indexOf(begin) + begin.length();
    return document.substring(from, document.indexOf("```", from));
  }

  private static String said(Path folder, Path input) throws IOException, InterruptedException {
    List<String> options =
        List.of(System.getProperty("rankwise.jvm.opens"), "-Dscala.usejavacp=true");
    List<String> command = home.java("2g", options);
    command.addAll(
        List.of("org.apache.spark.deploy.SparkSubmit", "--class", "org.apache.spark.repl.Main"));
    NotebookHome.settings(folder.resolve("runs"))
        .forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
    command.addAll(List.of("--jars", String.join(",", NotebookHome.ours()), "spark-shell"));
    Path output = folder.resolve("shell.log");
    try (ChildProcess shell =
        ChildProcess.start(command, home.environment(), folder, input, output)) {
      assertThat(shell.exitCode(LIMIT)).as(shell.tail()).isZero();
      return shell.output();
    }
  }

  private static String shell(Note note) {
    StringBuilder text = new StringBuilder();
    for (Note.Paragraph paragraph : note.paragraphs()) {
      text.append("println(\"").append(BEGIN).append(paragraph.title()).append("\")\n");
      text.append(
          switch (paragraph.language()) {
            case SCALA -> paragraph.code();
            case SQL ->
                "print(dev.rankwise.jobs.notebook.Notebook.table(spark.sql(\"\"\"%s\"\"\"), 1000))"
                    .formatted(paragraph.code());
          });
      text.append('\n');
    }
    return text.toString();
  }
}
