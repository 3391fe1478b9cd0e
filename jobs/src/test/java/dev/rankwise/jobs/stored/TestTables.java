package dev.rankwise.jobs.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("spark")
@Tag("core")
final class TestTables {
  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.StringType).add("text", DataTypes.StringType);
  private static final List<Row> ROWS =
      List.of(
          RowFactory.create("1", " \t a \"b\", c\r\nd\\ "),
          RowFactory.create("2", null),
          RowFactory.create("3", ""),
          RowFactory.create("4", "\""));

  @TempDir static Path folder;

  private static SparkSession spark;
  private static Tables tables;

  @BeforeAll
  static void start() {
    Map<String, String> settings =
        Map.of(
            "spark.master",
            "local[2]",
            "spark.sql.warehouse.dir",
            folder.resolve("warehouse").toString());
    spark = SparkSessions.start("tables", new SparkSection(new TreeMap<>(settings)));
    tables = new Tables(spark);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "tsv", "jsonl", "parquet"})
  void filesKeepEveryValue(String ending) {
    String location = folder.resolve("rows." + ending).toString();
    tables.requireFree(location);
    tables.write(rows(), location);

    assertThat(read(location)).isEqualTo(ROWS);
    assertThatThrownBy(() -> tables.requireFree(location))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write %s: something lies there already; name a place that is free"
                .formatted(location));
  }

  @Test
  void tablesAndQueriesAreRead() {
    tables.requireFree("table:tickets");
    tables.write(rows(), "table:tickets");

    assertThat(read("table:tickets")).isEqualTo(ROWS);
    assertThat(read("sql:SELECT id, text FROM tickets WHERE id = '3'"))
        .isEqualTo(ROWS.subList(2, 3));
    assertThatThrownBy(() -> tables.requireFree("table:tickets"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("something lies there already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"table:none", "none.parquet"})
  void whatIsNotThereIsTold(String location) {
    assertThatThrownBy(() -> tables.read(location))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot read " + location + ": ")
        .hasMessageEndingWith("; name a table, query or file that is there")
        .hasMessageNotContaining(".;");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT x FROM none", "SELEKT", "SELECT reflect('java.lang.Math', 'abs', 1)"})
  void whatIsNoQueryOverTablesIsRefused(String query) {
    assertThatThrownBy(() -> tables.read("sql:" + query))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot run the query of sql: ")
        .hasMessageEndingWith("; it must be one SELECT over tables that this Spark knows");
  }

  @Test
  void textFileThatIsNotThereIsTold() {
    assertThatThrownBy(() -> tables.read(folder.resolve("nothere.csv").toString()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "Cannot read \"" + folder.resolve("nothere.csv") + "\": no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,a,lost", "1", "1,\u00e9"})
  void rowThatCannotBeKeptFailsTheTable(String row) throws Exception {
    Path file = folder.resolve("damaged.csv");
    Files.writeString(file, "id,text\n" + row + "\n", StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> tables.read(file.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("damaged.csv\": on line 2 ")
        .hasMessageNotContaining("lost");
  }

  @Test
  void lineThatIsNoJsonAddsNoColumn() throws Exception {
    Path file = folder.resolve("damaged.jsonl");
    Files.writeString(file, "{\"id\": 1}\n{\"id\": \n");

    assertThatThrownBy(() -> tables.read(file.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("damaged.jsonl\": on line 2 ");
  }

  @Test
  void nameWithoutAFormatIsRefused() {
    for (Runnable use :
        List.<Runnable>of(() -> tables.read("rows.txt"), () -> tables.requireFree("rows.txt"))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Nothing says the format of rows.txt: a name must end in .csv, .tsv, .jsonl,"
                  + " .parquet or .orc; or name table:NAME");
    }
  }

  @Test
  void unknownFileSystemIsRefused() {
    assertThatThrownBy(() -> tables.requireFree("nosuch://host/rows.csv"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot look at nosuch://host/rows.csv as csv: ");
  }

  @Test
  void textFilesHoldSingleValues() {
    StructType nested =
        SCHEMA
            .add("list", DataTypes.createArrayType(DataTypes.LongType))
            .add("map", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
            .add("pair", SCHEMA);

    tables.requireWritable(SCHEMA, "rows.csv");
    tables.requireWritable(nested, "rows.parquet");
    tables.requireWritable(nested, "table:rows");
    for (String column : List.of("list", "map", "pair")) {
      StructType one = new StructType().add(nested.apply(column));
      assertThatThrownBy(() -> tables.requireWritable(one, "rows.tsv"))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith(
              "Cannot write column \"" + column + "\" to rows.tsv: its type is ")
          .hasMessageEndingWith("a text file holds single values; write to .jsonl or .parquet");
    }
  }

  @Test
  void nullsAreNamedInJson() throws Exception {
    Path location = folder.resolve("nulls.jsonl");
    tables.write(rows().filter("id = '2'").coalesce(1), location.toString());

    try (Stream<Path> files = Files.list(location)) {
      Path file = files.filter(it -> it.toString().endsWith(".json")).findFirst().orElseThrow();
      assertThat(Files.readString(file)).isEqualTo("{\"id\":\"2\",\"text\":null}\n");
    }
  }

  @Test
  void tableThatFailsHalfwayLeavesNothingBehind() throws Exception {
    Path parent = Files.createDirectory(folder.resolve("halfway"));
    Path location = parent.resolve("rows.csv");
    // One partition is written, another fails.
    Dataset<Row> failing =
        spark
            .createDataFrame(ROWS, SCHEMA)
            .repartition(1)
            .union(rows().selectExpr("raise_error('lost') AS id", "text"));

    assertThatThrownBy(() -> tables.write(failing, location.toString())).isNotNull();
    assertThat(parent).isEmptyDirectory();
    tables.requireFree(location.toString());
    tables.write(rows(), location.toString());

    assertThat(read(location.toString())).isEqualTo(ROWS);
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).containsExactly(location);
    }
  }

  @Test
  void nameMayHaveAColon() {
    String location = folder.resolve("run-10:30.csv").toString();
    tables.requireFree(location);
    tables.write(rows(), location);

    assertThat(Path.of(location).resolve("_SUCCESS")).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b.csv", "s3a://bucket/rows.csv"})
  void addressThatIsNoneIsRefused(String location) {
    assertThatThrownBy(() -> tables.requireFree(location))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot look at " + location + " as csv: ")
        .hasMessageEndingWith("; name another place");
  }

  /** Files that a table of a session that ended has left. */
  @Test
  void tableWhosePlaceIsTakenIsTold() throws Exception {
    Files.createDirectories(folder.resolve("warehouse/left"));
    Files.writeString(folder.resolve("warehouse/left/part"), "x");

    assertThatThrownBy(() -> tables.write(rows(), "table:left"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write table:left: ")
        .hasMessageEndingWith("; name another table, or files");
  }

  @Test
  void placeThatIsTakenMeanwhileIsNotWrittenOver() throws Exception {
    Path location = folder.resolve("meanwhile.parquet");
    try (StagedFiles staged = StagedFiles.beside(spark, location.toString())) {
      rows().write().parquet(staged.files());
      Files.writeString(location, "mine");

      assertThatThrownBy(staged::publish)
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("something lies there already");
    }
    assertThat(location).hasContent("mine");
  }

  @Test
  void folderThatMayNotBeWrittenIsToldBeforeAnythingIsComputed() throws Exception {
    Path file = Files.writeString(folder.resolve("afile"), "");
    Dataset<Row> computed = rows().selectExpr("raise_error('computed') AS id", "text");

    assertThatThrownBy(() -> tables.write(computed, file.resolve("rows.csv").toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write " + file.resolve("rows.csv") + ": ")
        .hasMessageEndingWith("choose a folder on a disk with room that this user may write");
  }

  private static Dataset<Row> rows() {
    return spark.createDataFrame(ROWS, SCHEMA).coalesce(1);
  }

  private static List<Row> read(String location) {
    return tables.read(location).select("id", "text").orderBy("id").collectAsList().stream()
        .map(row -> RowFactory.create(row.get(0).toString(), row.get(1)))
        .toList();
  }
}
