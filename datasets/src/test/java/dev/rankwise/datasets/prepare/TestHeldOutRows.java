package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows with the text of a row that is held out elsewhere, whatever their ids. */
@Tag("spark")
final class TestHeldOutRows {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final Map<RejectionReason, Long> TWO = Map.of(RejectionReason.HELD_OUT, 2L);

  @TempDir Path folder;

  @Test
  void labelledRowsWithoutAKeyAreKnownByTheirTextAlone() throws Exception {
    PreparedData data =
        prepare(
            PreparationSettings.of(LabelledColumns.of("text", "label"), SplitRule.trainOnly()),
            List.of(
                labelled("an apple", "food"),
                labelled("a town", "place"),
                labelled("a pear", "place"),
                labelled("a river", "place")),
            List.of(labelled("a pear", "food"), labelled("a town", "place")));

    assertThat(data.manifest().funnel()).isEqualTo(new Funnel(6, TWO, 0, 2, 2, 0));
    assertThat(data.manifest().train().labelCounts()).containsExactly(1L, 1L);
    assertThat(rejections(data))
        .hasSize(2)
        .allMatch(rejection -> rejection.matches("[0-9a-f]{64} HELD_OUT null"));
  }

  /** One is the same conversation in all, one says the same and marks a turn as trained on. */
  @Test
  void conversationsWithoutAKeyAreKnownByHowTheyAreWritten() throws Exception {
    SequenceSettings settings =
        new SequenceSettings(
            new TurnColumns(RowForm.MESSAGES, Map.of(), ""),
            SplitRule.trainOnly(),
            32,
            RowLimits.defaults(),
            new FormatRenderer(ChatFormat.CHATML, new TextMarks("", "", "")),
            TrainOn.ASSISTANT,
            Truncation.RIGHT,
            Packing.NONE);

    PreparedData data =
        prepare(
            settings,
            List.of(talk("one", ""), talk("two", ""), talk("three", ",\"train\":true")),
            List.of(talk("two", ""), talk("three", ""), talk("four", "")));

    assertThat(data.manifest().funnel()).isEqualTo(new Funnel(6, TWO, 0, 1, 3, 0));
    assertThat(rejections(data))
        .hasSize(2)
        .allMatch(rejection -> rejection.matches("[0-9a-f]{64} HELD_OUT null"));
    assertThat(data.sequences(SPARK, Split.TEST).count()).isEqualTo(3);
  }

  /** What the documentation says of one source: its rows are not compared by text. */
  @Test
  void withinOneSourceTheSplitGoesByTheIdAlone() {
    Dataset<Row> rows =
        SPARK
            .range(40)
            .selectExpr(
                "concat('row-', id) AS id",
                "if(id % 2 = 0, 'food', 'place') AS label",
                "concat('text ', int(id / 20)) AS text");
    LabelledColumns unkeyed = LabelledColumns.of("text", "label");

    Funnel keyed = funnel(rows, unkeyed.keyedBy("id"), SplitRule.testFraction(0.4));
    Funnel hashed = funnel(rows, unkeyed, SplitRule.trainOnly());

    assertThat(keyed.rejected()).isEmpty();
    assertThat(keyed.train() + keyed.test()).isEqualTo(40);
    assertThat(keyed.train()).as("two texts alone are on both sides").isGreaterThan(2);
    assertThat(keyed.test()).isGreaterThan(2);
    assertThat(hashed.rejected()).isEqualTo(Map.of(RejectionReason.DUPLICATE, 36L));
    assertThat(hashed.train()).isEqualTo(4);
  }

  private Funnel funnel(Dataset<Row> rows, LabelledColumns columns, SplitRule rule) {
    PreparationSettings settings = PreparationSettings.of(columns, rule);
    return new DataPreparation(RowSources.of(rows, "rows"), settings, new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data").toString())
        .manifest()
        .funnel();
  }

  private PreparedData prepare(PreparationTask task, List<String> rows, List<String> held)
      throws Exception {
    Path source = Files.write(folder.resolve("rows.jsonl"), rows);
    Path evaluation = Files.write(folder.resolve("held.jsonl"), held);
    return new DataPreparation(RowSources.at(source.toString()), task, new WordTokenizer.Source())
        .withEvaluation(RowSources.at(evaluation.toString()))
        .prepare(SPARK, folder.resolve("data").toString());
  }

  private static List<String> rejections(PreparedData data) {
    return data.rejections(SPARK).collectAsList().stream()
        .map(row -> row.getString(0) + " " + row.getString(1) + " " + row.getString(2))
        .toList();
  }

  private static String labelled(String text, String label) {
    return "{\"text\":\"%s\",\"label\":\"%s\"}".formatted(text, label);
  }

  private static String talk(String asked, String more) {
    return ("{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},"
            + "{\"role\":\"assistant\",\"content\":\"told\"%s}]}")
        .formatted(asked, more);
  }
}
