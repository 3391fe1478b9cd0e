package dev.rankwise.datasets.source.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.datasets.source.SourceGrowth;
import dev.rankwise.models.LeftOut;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import io.delta.sql.DeltaSparkSessionExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of Iceberg and Delta, by the libraries of both. */
@Tag("spark")
class TestLakeTables {
  private static final SparkSession COMMON = LocalSpark.session();

  @TempDir static Path warehouse;

  private static SparkSession spark;

  /** A session of its own beside that of the other tests, which knows both kinds. */
  @BeforeAll
  static void startSession() {
    if (!COMMON.version().startsWith("3.5.")) {
      LeftOut.because(
          "tables of Iceberg and Delta, whose libraries are those for Spark 3.5, and this is "
              + COMMON.version());
    }
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    spark =
        SparkSession.builder()
            .withExtensions(new DeltaSparkSessionExtension())
            .withExtensions(new IcebergSparkSessionExtensions())
            .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.lake.type", "hadoop")
            .config("spark.sql.catalog.lake.warehouse", warehouse.resolve("lake").toString())
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .getOrCreate();
  }

  @AfterAll
  static void giveSessionBack() {
    SparkSession.setDefaultSession(COMMON);
    SparkSession.setActiveSession(COMMON);
  }

  @Test
  void icebergIsReadAtTheSnapshotThatIsDescribed() {
    spark.sql("CREATE TABLE lake.db.tickets (id INT, text STRING) USING iceberg");
    RowSource source = RowSources.at("table:lake.db.tickets");
    assertThat(source.describe(spark))
        .isEqualTo(new SourceDescription("iceberg", "lake.db.tickets", "snapshot none"));
    assertThat(texts(source)).isEmpty();

    spark.sql("INSERT INTO lake.db.tickets VALUES (1, 'one')");
    SourceDescription first = source.describe(spark);
    spark.sql("INSERT INTO lake.db.tickets VALUES (2, 'two')");

    assertThat(first.version()).matches("snapshot \\d+");
    assertThat(texts(source)).containsExactly("one");
    assertThat(source.describe(spark).version()).isNotEqualTo(first.version());
    assertThat(texts(source)).containsExactly("one", "two");
  }

  @Test
  void icebergIsReadAtANamedSnapshotTagAndFolder() {
    spark.sql("CREATE TABLE lake.db.pinned (id INT, text STRING) USING iceberg");
    spark.sql("INSERT INTO lake.db.pinned VALUES (1, 'one')");
    String snapshot = number(RowSources.at("table:lake.db.pinned").describe(spark));
    spark.sql("INSERT INTO lake.db.pinned VALUES (2, 'two')");
    String folder = warehouse.resolve("lake/db/pinned").toString();

    for (String location : List.of("table:lake.db.pinned", folder)) {
      RowSource old = RowSources.at(location + " VERSION AS OF " + snapshot);
      assertThat(texts(old)).containsExactly("one");
      assertThat(old.describe(spark).version()).isEqualTo("snapshot " + snapshot);
      assertThat(texts(RowSources.at(location))).containsExactly("one", "two");
      assertThat(RowSources.at(location).describe(spark).kind()).isEqualTo("iceberg");
    }
    assertThatThrownBy(() -> texts(RowSources.at("table:lake.db.pinned VERSION AS OF 'release'")))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "Cannot read the iceberg table \"lake.db.pinned\" at snapshot release: it is not kept");
  }

  @Test
  void snapshotThatExpiredIsTold() {
    spark.sql("CREATE TABLE lake.db.expired (id INT, text STRING) USING iceberg");
    spark.sql("INSERT INTO lake.db.expired VALUES (1, 'one')");
    String snapshot = number(RowSources.at("table:lake.db.expired").describe(spark));
    spark.sql("INSERT INTO lake.db.expired VALUES (2, 'two')");
    String newest = number(RowSources.at("table:lake.db.expired").describe(spark));
    spark.sql(
        "CALL lake.system.expire_snapshots(table => 'db.expired', older_than => TIMESTAMP"
            + " '2100-01-01 00:00:00', retain_last => 1)");

    assertThatThrownBy(
            () -> texts(RowSources.at("table:lake.db.expired VERSION AS OF " + snapshot)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read the iceberg table \"lake.db.expired\" at snapshot %s: it is not kept there, because it never was or has expired (kept are %s); name one that is, or leave VERSION AS OF out for the newest"
                .formatted(snapshot, newest));
  }

  @Test
  void whatIsAppendedToIcebergIsToldAndReadAlone() {
    spark.sql("CREATE TABLE lake.db.growing (id INT, text STRING) USING iceberg");
    String folder = warehouse.resolve("lake/db/growing").toString();
    for (String location : List.of("table:lake.db.growing", folder)) {
      spark.sql("TRUNCATE TABLE lake.db.growing");
      spark.sql("INSERT INTO lake.db.growing VALUES (1, 'one')");
      SourceGrowth first = growth(location, Collections.emptySortedMap());
      assertThat(texts(first.added().orElseThrow())).containsExactly("one");
      assertThat(first.anew()).isEmpty();
      SourceGrowth none = growth(location, first.marks());
      assertThat(none.added()).isEmpty();
      assertThat(none.words()).isEqualTo("no new snapshot");

      spark.sql("INSERT INTO lake.db.growing VALUES (2, 'two')");
      spark.sql(
          "CALL lake.system.rewrite_data_files(table => 'db.growing', options =>"
              + " map('min-input-files', '1'))");
      spark.sql("INSERT INTO lake.db.growing VALUES (3, 'three')");
      SourceGrowth second = growth(location, first.marks());
      assertThat(second.anew()).isEmpty();
      assertThat(texts(second.added().orElseThrow())).containsExactly("three", "two");
      assertThat(second.words()).matches("rows appended up to snapshot \\d+");

      spark.sql("DELETE FROM lake.db.growing WHERE id = 2");
      SourceGrowth third = growth(location, second.marks());
      assertThat(third.anew()).contains("rows of the table were deleted or replaced");
      assertThat(texts(third.added().orElseThrow())).containsExactly("one", "three");
    }
    SourceGrowth before = growth(folder, Collections.emptySortedMap());
    spark.sql("ALTER TABLE lake.db.growing ADD COLUMN more INT");
    spark.sql("INSERT INTO lake.db.growing VALUES (4, 'four', 4)");
    assertThat(growth(folder, before.marks()).anew())
        .contains("the table has other columns, or columns of other types");
    spark.sql("CREATE TABLE lake.db.short (id INT, text STRING) USING iceberg");
    spark.sql("INSERT INTO lake.db.short VALUES (1, 'one')");
    String other = "table:lake.db.short";
    SortedMap<String, String> old =
        new TreeMap<>(growth(other, Collections.emptySortedMap()).marks());
    old.put("snapshot", "7");
    assertThat(growth(other, old).anew()).contains("snapshot 7 has expired, or was rolled back");
    RowSource pinned = RowSources.at(folder + " VERSION AS OF 7");
    assertThat(pinned.canGrow(spark)).isFalse();
  }

  private static SourceGrowth growth(String location, SortedMap<String, String> before) {
    RowSource source = RowSources.at(location);
    assertThat(source.canGrow(spark)).isTrue();
    return source.growth(spark, before).orElseThrow();
  }

  @Test
  void deltaIsReadByItsLogAndNotByItsFiles() {
    String folder = warehouse.resolve("delta/tickets").toString();
    write(folder, "1, 'one'");
    RowSource source = RowSources.at(folder);
    assertThat(source.canGrow(spark)).isFalse();
    assertThat(source.growth(spark, Collections.emptySortedMap())).isEmpty();
    SourceDescription first = source.describe(spark);
    assertThat(first).isEqualTo(new SourceDescription("delta", folder, "version 0"));
    write(folder, "2, 'two'");
    assertThat(texts(source)).containsExactly("one");

    spark.sql("DELETE FROM delta.`%s` WHERE id = 1".formatted(folder));

    assertThat(source.describe(spark).version()).isEqualTo("version 2");
    assertThat(texts(source)).containsExactly("two");
    assertThat(texts(RowSources.at(folder + " VERSION AS OF 1"))).containsExactly("one", "two");
    assertThatThrownBy(() -> texts(RowSources.at(folder, SourceFormat.PARQUET)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is a table of delta, whose files also hold rows that were")
        .hasMessageEndingWith("leave the format out");
  }

  @Test
  void versionOfDeltaThatIsNotThereIsTold() {
    spark.sql("CREATE TABLE delta_tickets (id INT, text STRING) USING delta");
    try {
      spark.sql("INSERT INTO delta_tickets VALUES (1, 'one')");
      assertThat(RowSources.at("table:delta_tickets").describe(spark))
          .isEqualTo(new SourceDescription("delta", "delta_tickets", "version 1"));
      assertThat(texts(RowSources.at("table:delta_tickets VERSION AS OF 0"))).isEmpty();
      assertThatThrownBy(() -> texts(RowSources.at("table:delta_tickets VERSION AS OF 7")))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "Cannot read the delta table \"delta_tickets\" at version 7: it is not kept there, because it never was or has expired (kept are 1, 0); name one that is, or leave VERSION AS OF out for the newest");
      assertThatThrownBy(() -> texts(RowSources.at("table:delta_tickets VERSION AS OF 'x'")))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("it must be a number here; name one, such as 1, 0");
    } finally {
      spark.sql("DROP TABLE delta_tickets");
    }
  }

  /** What a query reads in the end tells whether it must be read again. */
  @Test
  void queryOverSuchTablesHasAVersion() {
    spark.sql("CREATE TABLE lake.db.asked (id INT, text STRING) USING iceberg");
    spark.sql("INSERT INTO lake.db.asked VALUES (1, 'one')");
    String folder = warehouse.resolve("delta/asked").toString();
    write(folder, "2, 'two'");
    RowSource query =
        RowSources.at(
            "sql:SELECT * FROM lake.db.asked UNION ALL SELECT * FROM delta.`%s`".formatted(folder));
    SourceDescription first = query.describe(spark);
    assertThat(first.versioned()).isTrue();
    assertThat(query.describe(spark)).isEqualTo(first);

    spark.sql("INSERT INTO lake.db.asked VALUES (3, 'three')");
    SourceDescription second = query.describe(spark);
    assertThat(second.version()).isNotEqualTo(first.version());

    write(folder, "4, 'four'");
    assertThat(query.describe(spark).version()).isNotEqualTo(second.version());
    assertThat(texts(query)).containsExactly("four", "one", "three", "two");
  }

  /** The session of the other tests has neither library set up. */
  @Test
  void sessionThatIsNotSetUpForDeltaIsTold() {
    String folder = warehouse.resolve("delta/unknown").toString();
    write(folder, "1, 'one'");

    assertThatThrownBy(() -> RowSources.at(folder).describe(COMMON))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("this Spark session is not set up for it; set spark.sql.extensions=");
  }

  private static void write(String folder, String row) {
    spark
        .sql("SELECT * FROM VALUES (%s) AS rows(id, text)".formatted(row))
        .write()
        .format("delta")
        .mode("append")
        .save(folder);
  }

  private static String number(SourceDescription described) {
    return described.version().replaceAll("\\D", "");
  }

  private static List<String> texts(RowSource source) {
    return source.rows(spark, List.of("text"), RowLimits.defaults()).collectAsList().stream()
        .map(TestLakeTables::text)
        .sorted()
        .toList();
  }

  private static String text(Row row) {
    return new String(row.<byte[]>getAs(0), StandardCharsets.UTF_8);
  }
}
