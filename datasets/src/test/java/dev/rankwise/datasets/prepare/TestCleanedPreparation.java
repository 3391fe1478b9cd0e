package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.clean.CleanedSource;
import dev.rankwise.datasets.clean.CleaningSettings;
import dev.rankwise.datasets.clean.Duplicates;
import dev.rankwise.datasets.clean.RowChange;
import dev.rankwise.datasets.clean.RowFilter;
import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.PersonalData;
import dev.rankwise.datasets.clean.text.PersonalData.Handling;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cleaning ahead of tokenising, and splits by columns, as prepared data show them. */
@Tag("spark")
final class TestCleanedPreparation {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final LabelledColumns COLUMNS = LabelledColumns.of("text", "label").keyedBy("id");

  /** Of 120 rows 20 have a text of their own 20 times over, 20 a forum's, 10 an address. */
  private static final Dataset<Row> ROWS =
      SPARK.sql(
          "SELECT concat('row-', id) AS id, if(id % 2 = 0, 'food', 'place') AS label,"
              + " concat('word', if(id < 20, 0, id), ' and more of it',"
              + " if(id >= 110, ' me@example.com', '')) AS text,"
              + " if(id >= 20 AND id < 40, 'forum', 'news') AS source,"
              + " concat('g', int(id / 10)) AS team FROM range(120)");

  private static final CleaningSettings SETTINGS =
      new CleaningSettings(
          TextMending.NONE,
          RowFilter.of("source <> 'forum'"),
          List.of(),
          TextQuality.NONE,
          LanguageRule.ANY,
          Map.of(PersonalData.EMAIL, Handling.MASK),
          Duplicates.NEARLY_SAME_TEXT,
          0.7);

  @TempDir Path folder;

  @Test
  void everyStepIsCountedAndItsRowsAreKeptByTheirIds() {
    PreparedData data = prepare(cleaned(ROWS), SplitRule.testFraction(0.2));

    Funnel funnel = data.manifest().funnel();
    Map<RejectionReason, Long> rejected = new LinkedHashMap<>();
    rejected.put(RejectionReason.FILTERED, 20L);
    rejected.put(RejectionReason.SAME_TEXT, 19L);
    assertThat(funnel.read()).isEqualTo(120);
    assertThat(funnel.rejected()).isEqualTo(rejected);
    assertThat(funnel.train() + funnel.test()).isEqualTo(81);
    assertThat(funnel.changed()).isEqualTo(Map.of(RowChange.EMAIL_MASKED, 10L));
    assertThat(data.manifest().settings())
        .containsEntry("filter", "source <> 'forum'")
        .containsEntry("personal-data email", "mask")
        .containsEntry("duplicates", "nearly-same-text")
        .containsEntry("similarity", "0.7");
    assertThat(
            data.rejections(SPARK)
                .where("reason = 'FILTERED'")
                .selectExpr("row_id")
                .collectAsList())
        .hasSize(20)
        .allMatch(row -> row.getString(0).matches("row-(2|3)[0-9]"));
    PreparedData again = prepare(cleaned(ROWS.repartition(11)), SplitRule.testFraction(0.2));
    assertThat(again.manifest().contentSha256()).isEqualTo(data.manifest().contentSha256());
    assertThat(again.manifest().funnel()).isEqualTo(funnel);
  }

  /** As when a table is written again, or its old versions are removed, while it is read. */
  @Test
  void fileThatWentWhileItWasReadIsTold() throws Exception {
    Path table = folder.resolve("table");
    ROWS.repartition(2).write().parquet(table.toString());
    Dataset<Row> listed = SPARK.read().parquet(table.toString());
    try (Stream<Path> files = Files.list(table)) {
      Files.delete(files.filter(file -> file.toString().endsWith(".parquet")).findFirst().get());
    }

    assertThatThrownBy(() -> prepare(RowSources.of(listed, "rows"), SplitRule.testFraction(0.2)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "Cannot prepare the data: a file went after its source was listed (")
        .hasMessageEndingWith("run again, and let nobody do that meanwhile");
  }

  @Test
  void withoutCleaningNothingIsSaidOfIt() throws Exception {
    PreparedData data = prepare(RowSources.of(ROWS, "rows"), SplitRule.testFraction(0.2));
    assertThat(Files.readString(folder.resolve("data/manifest.json"))).doesNotContain("changed");
    assertThat(data.manifest().settings()).doesNotContainKeys("filter", "duplicates");
    assertThat(data.manifest().funnel().changed()).isEmpty();
  }

  @Test
  void manifestsWithChangesAreReadAgain() {
    PreparedData data = prepare(cleaned(ROWS), SplitRule.trainOnly());
    assertThat(PreparedData.open(SPARK, folder.resolve("data").toString()).manifest())
        .isEqualTo(data.manifest());
  }

  @Test
  void groupsLieOnOneSideOfTheSplit() {
    PreparedData data = prepare(RowSources.of(ROWS, "rows"), SplitRule.groupFraction(0.4, "team"));
    Map<String, Long> held = held(data, "team");
    assertThat(held.values()).as("whole groups").isNotEmpty().containsOnly(10L);
    assertThat(data.manifest().funnel().test()).isEqualTo(10L * held.size());
    assertThat(data.manifest().funnel().train()).isEqualTo(120 - 10L * held.size());
  }

  @Test
  void aRowWithoutAGroupIsOneByItself() {
    Dataset<Row> without = ROWS.withColumn("team", functions.lit(null).cast("string"));
    PreparedData grouped =
        prepare(RowSources.of(without, "rows"), SplitRule.groupFraction(0.3, "team"));
    PreparedData plain = prepare(RowSources.of(without, "rows"), SplitRule.testFraction(0.3));
    assertThat(grouped.manifest().contentSha256()).isEqualTo(plain.manifest().contentSha256());
  }

  @Test
  void ofEachStratumTheSameShareIsHeldOut() {
    PreparedData data =
        prepare(RowSources.of(ROWS, "rows"), SplitRule.stratifiedFraction(0.25, "team"));
    assertThat(held(data, "team"))
        .hasSize(12)
        .allSatisfy((team, rows) -> assertThat(rows).isEqualTo(3));
    PreparedData byLabel =
        prepare(
            RowSources.of(ROWS.repartition(7), "rows"), SplitRule.stratifiedFraction(0.1, "label"));
    assertThat(held(byLabel, "label")).isEqualTo(Map.of("food", 6L, "place", 6L));
    PreparedData again =
        prepare(
            RowSources.of(ROWS.repartition(2), "rows"), SplitRule.stratifiedFraction(0.1, "label"));
    assertThat(again.manifest().contentSha256()).isEqualTo(byLabel.manifest().contentSha256());
  }

  @Test
  void aColumnOfGroupsThatIsNotThereIsMissed() {
    assertThatThrownBy(
            () -> prepare(RowSources.of(ROWS, "rows"), SplitRule.groupFraction(0.4, "tean")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tean");
  }

  @Test
  void tooManyStrataAreRefused() {
    List<Map<String, Long>> partitions =
        IntStream.range(0, 10_001).mapToObj(i -> Map.of("s" + i, 1L)).toList();
    assertThatThrownBy(() -> OrderedRows.Strata.requireFew(partitions))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot hold out a share of each stratum: there are 10001 (at most 10000); name a column"
                + " with fewer values in data.stratify-column, or hold out groups with"
                + " data.group-column");
    OrderedRows.Strata.requireFew(partitions.subList(0, 10_000));
  }

  /** Held-out rows by the value of a column. */
  private static Map<String, Long> held(PreparedData data, String column) {
    Map<String, Long> held = new LinkedHashMap<>();
    data.rows(SPARK, Split.TEST)
        .join(ROWS.withColumnRenamed("id", "row_id").withColumnRenamed("label", "named"), "row_id")
        .groupBy(column.equals("label") ? "named" : column)
        .count()
        .collectAsList()
        .forEach(row -> held.put(row.getString(0), row.getLong(1)));
    return held;
  }

  private static RowSource cleaned(Dataset<Row> rows) {
    return CleanedSource.training(
        RowSources.of(rows, "rows"), SETTINGS, List.of("label", "id"), "id", List.of());
  }

  private PreparedData prepare(RowSource source, SplitRule rule) {
    return new DataPreparation(
            source, PreparationSettings.of(COLUMNS, rule), new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data").toString());
  }
}
