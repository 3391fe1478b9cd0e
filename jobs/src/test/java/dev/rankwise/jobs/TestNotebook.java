package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.notebook.Notebook;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.train.SparkDefaults;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a notebook sees, in a session that was there before. */
@Tag("spark")
final class TestNotebook {
  private static final int STEPS = 6;
  private static final String GROUP = "a paragraph";

  @TempDir static Path home;

  private static SparkSession spark;
  private static Path base;
  private static String recipe;
  private static String run;
  private static String shown;

  @BeforeAll
  static void tuneOnce() throws IOException {
    SparkConf conf =
        SparkDefaults.applyTo(new SparkConf())
            .setMaster("local[2]")
            .setAppName("notebook")
            .set("spark.ui.enabled", "false")
            .set("spark.sql.shuffle.partitions", "2");
    spark = SparkSession.builder().config(conf).getOrCreate();
    base = TinyBase.withPooler(home, 1);
    Path rows = Tickets.write(home, Tickets.csv(60));
    spark.read().option("header", "true").csv(rows.toString()).createOrReplaceTempView("tickets");
    recipe =
        """
        data:
          source: "sql:SELECT message, queue FROM tickets"
          text-column: message
          label-column: queue
          test-fraction: 0.25
          max-tokens: 32
        adapter: {rank: 4, alpha: 8, targets: [query, value], modules-to-save: [classifier, pooler]}
        train: {batch-size: 8, epochs: 10, max-steps: %s, learning-rate: 5e-3}
        evaluate: {frozen-base: true}
        """
            .formatted(STEPS);
    shown = printed(() -> run = tune("run"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String tune(String folder) {
    return Notebook.tune(recipe, "base.model=" + base, "output.directory=" + home.resolve(folder));
  }

  private static String printed(Runnable printing) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      printing.run();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theLossIsDrawnWhileTheRunGoesOnAndTextStandsAroundIt() {
    String[] blocks = shown.split("\n%(?=html|text)");
    // The run's own training, and that of a head on the frozen base to compare with.
    assertThat(blocks).hasSize(5);
    assertThat(blocks[0]).contains("Prepare").contains("Tune       lora");
    assertThat(blocks[1]).startsWith("html <style>").contains("Step %s of %s".formatted(1, STEPS));
    assertThat(blocks[1].split("rankwise-frame\">")).hasSize(STEPS + 1);
    assertThat(blocks[2]).startsWith("text Frozen base with a trained head, for comparison");
    assertThat(blocks[3]).startsWith("html <style>");
    assertThat(blocks[4]).startsWith("text Evaluate").contains("Accuracy ");
  }

  @Test
  void partsOfTheReportArePieces() {
    assertThat(Notebook.part(run, "headline", "evaluation"))
        .startsWith("<style>.rankwise {")
        .contains("<h2>How good the answers are</h2>")
        .doesNotContain("How training went");
    assertThatThrownBy(() -> Notebook.part(run, "ranks"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("No section \"ranks\" in report.html of ");
    assertThatThrownBy(() -> Notebook.part(home.resolve("nowhere").toString(), "training"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot read report.html of \"%s\": it is not there, or cannot be opened; name the"
                + " folder of a run that has ended",
            home.resolve("nowhere"));
  }

  @Test
  void lossesOfRunsStandInOnePlot() throws IOException {
    Path other = Files.createDirectories(home.resolve("other"));
    Files.writeString(
        other.resolve("metrics.jsonl"),
        "{\"step\": 1, \"loss\": 2.5}\n{\"step\": 2, \"loss\": null}\n{\"step\": 9, \"loss\": 1}\n");
    assertThat(Notebook.losses(run, other + "/"))
        .contains("ink-main", "ink-second", ">run<", ">other<", "the highest value is 2.5");

    Files.writeString(other.resolve("metrics.jsonl"), "");
    assertThatThrownBy(() -> Notebook.losses(other.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Run \"other\" has done no step, so there is no loss to draw; leave it out");
    assertThatThrownBy(() -> Notebook.losses())
        .isInstanceOf(UserInputException.class)
        .hasMessage("Cannot draw 0 runs in one plot (it has from 1 to 6); name some of them");
    assertThatThrownBy(() -> Notebook.losses("1", "2", "3", "4", "5", "6", "7"))
        .isInstanceOf(UserInputException.class);
  }

  @Test
  void preparedRowsAreShownWithoutARun() {
    String folder = home.resolve("prepared").toString();
    String told =
        printed(() -> Notebook.prepare(recipe, "base.model=" + base, "output.directory=" + folder));
    assertThat(told).contains("Prepared ");
    assertThat(Notebook.data(folder))
        .contains("What became of the rows", "How long the texts are", "outage");
    assertThat(Notebook.rejections(folder).columns()).containsExactly("row_id", "reason", "split");
    String tokens = Notebook.tokens(folder, base.toString(), 3);
    assertThat(tokens.split("<mark>")).hasSize(4);
    assertThat(tokens).contains("<span>[CLS]</span> ");
  }

  @Test
  void rowsOfASourceAreATable() {
    Dataset<Row> glosses = Notebook.rows("wordnet");
    assertThat(glosses.columns()).containsExactly("id", "text", "label");
    assertThat(glosses.schema().fields())
        .allSatisfy(field -> assertThat(field.dataType()).isEqualTo(DataTypes.StringType));
    assertThat(glosses.where("label = 'animal'").count()).isGreaterThan(7_000);
    Row icon = Notebook.rows("icons:names?icons=1&renderings=1").first();
    assertThat(icon.<byte[]>getAs("image")).startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void tablesKeepTheirLinesAndShowPictures() {
    StructType schema =
        new StructType()
            .add("text", DataTypes.StringType)
            .add("number", DataTypes.IntegerType)
            .add("bytes", DataTypes.BinaryType);
    byte[] picture = Notebook.rows("icons:names?icons=1&renderings=1").first().getAs("image");
    Dataset<Row> rows =
        spark.createDataFrame(
            List.of(
                RowFactory.create("a\tb\r\nc", 1, new byte[] {1, 2}),
                RowFactory.create(null, null, picture),
                RowFactory.create("<i>", 3, null)),
            schema);

    assertThat(Notebook.table(rows, 3))
        .isEqualTo(
            "%%table text\tnumber\tbytes\na b c\t1\t2 bytes\n\t\t%,d bytes\n<i>\t3\t\n\n"
                .formatted(picture.length));
    assertThat(Notebook.table(rows, 1)).doesNotContain("<i>");
    assertThat(Notebook.texts(rows, 3))
        .contains("<bdi>2 bytes</bdi>", "data:image/png;base64,", "<bdi>&lt;i&gt;</bdi>");
  }

  /** Zeppelin would run them: {@code %html} of a cell, and any output that a line begins. */
  @Test
  void textsThatNameADisplayStayTexts() {
    StructType schema =
        new StructType().add("first", DataTypes.StringType).add("second", DataTypes.StringType);
    String harm = "%html <img src=x onerror=alert(1)>";
    Dataset<Row> rows =
        spark.createDataFrame(
            List.of(
                RowFactory.create(harm, " " + harm),
                RowFactory.create("a\n%angular {{1}}", "50 %"),
                RowFactory.create("", "")),
            schema);

    assertThat(Notebook.table(rows, 3))
        .isEqualTo(
            "%%table first\tsecond\n\u2060%1$s\t\u2060%1$s\na %%angular {{1}}\t50 %%\n\t\n\n"
                .formatted(harm));
    // A line without anything would end the table.
    assertThat(Notebook.table(rows.select("second"), 3)).endsWith("\n50 %\n \n\n");
    assertThat(Notebook.texts(rows, 3))
        .contains("a\n&#37;angular", "&lt;img src=x")
        .doesNotContain("\n%", "<img");
  }

  @Test
  void aParagraphThatIsStoppedLeavesACheckpointAndGoesOnToTheSameBytes() throws IOException {
    AtomicBoolean cancelled = new AtomicBoolean();
    int[] steps = {0};
    SparkListener stopping =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart start) {
            boolean step = "training step".equals(start.properties().get("callSite.short"));
            if (step && ++steps[0] > 3 && !cancelled.getAndSet(true)) {
              spark.sparkContext().cancelJobGroup(GROUP);
            }
          }
        };
    spark.sparkContext().setJobGroup(GROUP, "a paragraph", false);
    spark.sparkContext().addSparkListener(stopping);
    String[] told = {""};
    try {
      for (int attempt = 0; attempt < 20 && told[0].isEmpty(); attempt++) {
        // A job may have ended before it was cancelled; then the run ends, and another begins.
        String folder = "stopped-" + attempt;
        steps[0] = 0;
        cancelled.set(false);
        try {
          printed(() -> tune(folder));
        } catch (InterruptedRunException e) {
          assertThat(e.code()).isEqualTo(FailureCode.INTERRUPTED);
          told[0] = folder + " " + e.getMessage();
        }
      }
    } finally {
      spark.sparkContext().removeSparkListener(stopping);
      spark.sparkContext().clearJobGroup();
    }
    assertThat(told[0])
        .matches(
            "stopped-\\d+ Interrupted \\(exit code 130\\) after step [3-5], with a checkpoint: the"
                + " same command goes on from there");
    String folder = told[0].split(" ")[0];
    assertThat(home.resolve(folder).resolve("adapter")).doesNotExist();

    String resumed = printed(() -> tune(folder));

    assertThat(resumed).contains("going on after step ");
    assertThat(adapter(folder)).isEqualTo(adapter("run"));
  }

  private static String adapter(String folder) {
    return Sha256.ofFile(home.resolve(folder).resolve("adapter/adapter_model.safetensors"));
  }
}
