package dev.rankwise.datasets.source.table;

import static dev.rankwise.datasets.source.Glosses.TABLE;
import static dev.rankwise.datasets.source.Glosses.frame;
import static dev.rankwise.datasets.source.Glosses.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.models.failure.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of the catalog, views and queries, and what tells that their rows changed. */
@Tag("spark")
@Tag("core")
final class TestTableSource {
  private static final SparkSession SPARK = LocalSpark.session();

  @TempDir Path folder;

  @Test
  void tableOfTheCatalogIsRead() {
    frame().write().mode(SaveMode.Overwrite).saveAsTable("glosses");
    RowSource table = RowSources.at("table:spark_catalog.default.glosses");
    try {
      assertThat(rows(table)).isEqualTo(TABLE);
      SourceDescription described = table.describe(SPARK);
      assertThat(described.location()).isEqualTo("spark_catalog.default.glosses");
      assertThat(described.versioned()).isTrue();
      assertThat(table.describe(SPARK)).isEqualTo(described);

      frame().write().mode(SaveMode.Append).saveAsTable("glosses");
      assertThat(table.describe(SPARK).version()).isNotEqualTo(described.version());
    } finally {
      SPARK.sql("DROP TABLE glosses");
    }
  }

  @Test
  void viewIsReadButItsVersionIsUnknown() {
    frame().createOrReplaceTempView("gloss_view");
    RowSource view = RowSources.at("table:gloss_view");

    assertThat(rows(view)).isEqualTo(TABLE);
    assertThat(view.describe(SPARK).versioned()).isFalse();
  }

  @Test
  void queryIsRead() {
    frame().createOrReplaceTempView("gloss_view");
    String query =
        "sql: WITH g AS (SELECT * FROM gloss_view) SELECT id, text, label FROM g -- all of it";
    RowSource source = RowSources.at(query);

    assertThat(rows(source)).isEqualTo(TABLE);
    assertThat(source.describe(SPARK).versioned()).isFalse();
  }

  /** Where all that is read are files, these tell whether the rows may have changed. */
  @Test
  void queryOrViewOfFilesChangesWithThem() {
    String path = folder.resolve("some table").toString();
    frame().write().parquet(path);
    SPARK.sql("CREATE TABLE kept_glosses USING parquet LOCATION '%s'".formatted(path));
    SPARK.sql("CREATE VIEW short_glosses AS SELECT * FROM kept_glosses WHERE id < 9");
    try {
      List<RowSource> sources =
          List.of(
              RowSources.at("sql:WITH g AS (SELECT * FROM kept_glosses) SELECT * FROM g"),
              RowSources.at("sql:SELECT * FROM range(3) WHERE id IN (SELECT id FROM kept_glosses)"),
              RowSources.at("table:short_glosses"),
              RowSources.at("table:kept_glosses"));
      List<SourceDescription> before = sources.stream().map(it -> it.describe(SPARK)).toList();
      assertThat(before).allMatch(SourceDescription::versioned);
      assertThat(sources.stream().map(it -> it.describe(SPARK))).isEqualTo(before);

      SPARK.sql("ALTER VIEW short_glosses AS SELECT * FROM kept_glosses WHERE id < 2");
      assertThat(sources.get(2).describe(SPARK).version()).isNotEqualTo(before.get(2).version());

      SPARK.sql("INSERT INTO kept_glosses VALUES (3, 'food', 'more')");

      for (int i = 0; i < before.size(); i++) {
        assertThat(sources.get(i).describe(SPARK).version()).isNotEqualTo(before.get(i).version());
      }
    } finally {
      SPARK.sql("DROP VIEW short_glosses");
      SPARK.sql("DROP TABLE kept_glosses");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT *, rand() AS r FROM clock_glosses",
        "SELECT * FROM clock_glosses WHERE current_date() > DATE '2020-01-01'",
        "SELECT * FROM clock_glosses WHERE id IN (SELECT day(current_date()))",
        "SELECT * FROM clock_glosses WHERE DATE 'today' > DATE '2020-01-01'",
        "SELECT *, own(label) AS o FROM clock_glosses",
        "SELECT g.* FROM clock_glosses g, gloss_view"
      })
  void queryOfTheClockOfChanceOrOfTheSessionHasNoVersion(String query) {
    frame().createOrReplaceTempView("gloss_view");
    frame().write().mode(SaveMode.Overwrite).saveAsTable("clock_glosses");
    SPARK.udf().register("own", (UDF1<String, String>) it -> it, DataTypes.StringType);
    try {
      assertThat(RowSources.at("sql:" + query).describe(SPARK).versioned()).isFalse();
    } finally {
      SPARK.sql("DROP TABLE clock_glosses");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"_temporary/0", ".spark-staging-7", ".hive-staging_hive_2"})
  void tableThatAnotherJobIsWritingIsRefused(String unfinished) throws IOException {
    frame().write().parquet(folder.resolve("t").toString());
    SPARK.sql("CREATE TABLE half USING parquet LOCATION '%s'".formatted(folder.resolve("t")));
    try {
      List<RowSource> sources =
          List.of(RowSources.at("table:half"), RowSources.at("sql:SELECT * FROM half"));
      sources.forEach(source -> assertThat(rows(source)).isEqualTo(TABLE));

      Files.createDirectories(folder.resolve("t").resolve(unfinished));

      for (RowSource source : sources) {
        String mark = unfinished.replaceAll("/.*", "");
        assertThatThrownBy(() -> rows(source))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("it holds " + mark + ", so another job is writing there, or");
        assertThatThrownBy(() -> source.describe(SPARK)).isInstanceOf(DataException.class);
      }
    } finally {
      SPARK.sql("DROP TABLE half");
    }
  }

  @Test
  void fileThatIsGoneThoughItsTableListsItIsTold() throws IOException {
    Path files = folder.resolve("gone");
    frame().write().parquet(files.toString());
    SPARK.sql("CREATE TABLE gone_glosses USING parquet LOCATION '%s'".formatted(files));
    try {
      RowSource table = RowSources.at("table:gone_glosses");
      assertThat(rows(table)).isEqualTo(TABLE);
      try (Stream<Path> all = Files.list(files)) {
        Files.delete(all.filter(file -> file.toString().endsWith(".parquet")).findFirst().get());
      }

      assertThatThrownBy(() -> table.describe(SPARK))
          .isInstanceOf(DataException.class)
          .hasMessageEndingWith(
              "it is gone, though its table lists it; refresh or repair the table");
    } finally {
      SPARK.sql("DROP TABLE gone_glosses");
    }
  }

  @Test
  void queryMayEndWithASemicolon() {
    frame().createOrReplaceTempView("gloss_view");

    assertThat(rows(RowSources.at("sql:SELECT * FROM gloss_view ; "))).isEqualTo(TABLE);
  }

  @Test
  void queryCannotChangeATable() {
    frame().createOrReplaceTempView("gloss_view");

    assertThatThrownBy(() -> rows(RowSources.at("sql:DROP VIEW gloss_view")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it must be one SELECT over tables that this Spark knows");
    assertThat(SPARK.catalog().tableExists("gloss_view")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT TRANSFORM(id) USING 'touch %s' AS (id) FROM gloss_view | TRANSFORM",
        "SELECT id, text, reflect('java.lang.System', 'getenv', 'HOME') AS label FROM gloss_view |"
            + " reflect",
        "SELECT * FROM gloss_view WHERE id IN (SELECT java_method('java.lang.Math', 'random')) |"
            + " reflect",
        "WITH g AS (SELECT TRANSFORM(id) USING 'touch %s' AS (id) FROM gloss_view) SELECT * FROM g"
            + " | TRANSFORM"
      })
  void queryStartsNoProgram(String query, String named, @TempDir Path folder) {
    frame().createOrReplaceTempView("gloss_view");
    Path started = folder.resolve("started");

    assertThatThrownBy(() -> rows(RowSources.at("sql:" + query.formatted(started))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(named)
        .hasMessageEndingWith("it must be one SELECT over tables that this Spark knows");
    assertThat(started).doesNotExist();
  }
}
