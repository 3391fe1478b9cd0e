package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.UserInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("spark")
class TestDataPreparation {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final LabelledColumns KEYED = LabelledColumns.of("text", "label").keyedBy("id");
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("text", DataTypes.StringType);

  @TempDir Path folder;

  @Test
  void splitDependsOnNeitherOrderNorPartitions() {
    Dataset<Row> rows = frame(300);
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.counts(40, 160));

    PreparedData whole = prepare(rows.coalesce(1), settings, "whole");
    PreparedData cut = prepare(rows.repartition(7), settings, "cut");
    PreparedData shuffled = prepare(rows.orderBy(functions.rand(5)), settings, "shuffled");

    assertThat(cut.manifest().contentSha256()).isEqualTo(whole.manifest().contentSha256());
    assertThat(shuffled.manifest().contentSha256()).isEqualTo(whole.manifest().contentSha256());
    assertThat(examples(cut, Split.TRAIN)).isEqualTo(examples(whole, Split.TRAIN)).hasSize(160);
    assertThat(whole.manifest().funnel()).isEqualTo(new Funnel(300, Map.of(), 100, 160, 40, 0));
  }

  @Test
  void fractionSplitsWithoutRestOrOverlap() {
    PreparedData data =
        prepare(frame(300), PreparationSettings.of(KEYED, SplitRule.testFraction(0.2)), "fraction");
    Funnel funnel = data.manifest().funnel();
    List<String> ids = new ArrayList<>(ids(data, Split.TRAIN));
    ids.addAll(ids(data, Split.TEST));

    assertThat(funnel.train() + funnel.test()).isEqualTo(300);
    assertThat(funnel.test()).isBetween(30L, 90L);
    assertThat(ids).doesNotHaveDuplicates().hasSize(300);
  }

  @Test
  void newRowsLeaveOldRowsInTheirSplit() {
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.testFraction(0.2));

    List<String> before = ids(prepare(frame(200), settings, "before"), Split.TEST);
    List<String> after = ids(prepare(frame(300), settings, "after"), Split.TEST);

    assertThat(after).containsAll(before);
  }

  @Test
  void everyRejectionIsCountedAndKept() throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    write(lines, "{\"id\": \"ok1\", \"label\": \"food\", \"text\": \"an apple\"}");
    write(lines, "{\"id\": \"ok2\", \"label\": \"place\", \"text\": \"a town\"}");
    write(lines, "{\"id\": \"cut");
    write(lines, "{\"id\": \"type\", \"label\": \"food\", \"text\": [\"an apple\"]}");
    write(lines, "{\"label\": \"food\", \"text\": \"no key\"}");
    write(lines, "{\"id\": \"null\", \"label\": \"food\", \"text\": null}");
    write(lines, "{\"id\": \"blank\", \"label\": \"food\", \"text\": \"  \"}");
    write(lines, "{\"id\": \"unlabelled\", \"text\": \"a text\"}");
    write(lines, "{\"id\": \"ok1\", \"label\": \"food\", \"text\": \"an apple\"}");
    write(lines, "{\"id\": \"huge\", \"label\": \"food\", \"text\": \"" + tenMegabytes() + "\"}");
    lines.write(
        "{\"id\": \"bytes\", \"label\": \"food\", \"text\": \"".getBytes(StandardCharsets.UTF_8));
    lines.write(0xC3);
    write(lines, "(\"}");
    Path file = Files.write(folder.resolve("rows.jsonl"), lines.toByteArray());

    PreparedData data =
        prepare(
            RowSources.at(file.toString()),
            PreparationSettings.of(KEYED, SplitRule.trainOnly()),
            "data");

    assertThat(data.manifest().funnel().rejected())
        .containsExactly(
            Map.entry(RejectionReason.MALFORMED_ROW, 1L),
            Map.entry(RejectionReason.INVALID_UTF8, 1L),
            Map.entry(RejectionReason.WRONG_TYPE, 1L),
            Map.entry(RejectionReason.TOO_LONG, 1L),
            Map.entry(RejectionReason.MISSING_KEY, 1L),
            Map.entry(RejectionReason.MISSING_TEXT, 1L),
            Map.entry(RejectionReason.EMPTY_TEXT, 1L),
            Map.entry(RejectionReason.MISSING_LABEL, 1L),
            Map.entry(RejectionReason.DUPLICATE, 1L));
    assertThat(data.manifest().funnel().train()).isEqualTo(2);
    assertThat(rejections(data))
        .contains(
            "type WRONG_TYPE null",
            "null MISSING_TEXT null",
            "blank EMPTY_TEXT null",
            "unlabelled MISSING_LABEL null",
            "ok1 DUPLICATE null",
            "huge TOO_LONG null")
        .hasSize(9);
  }

  @Test
  void tenMegabytesInARowOfCsvAndParquetAreCountedToo() throws IOException {
    String csv =
        "id,label,text\n1,food,an apple\n2,place,a town\n3,food,\"" + tenMegabytes() + "\"\n";
    Path file = Files.writeString(folder.resolve("rows.csv"), csv);
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.trainOnly());

    PreparedData fromCsv = prepare(RowSources.at(file.toString()), settings, "csv");
    Dataset<Row> frame =
        frame(20)
            .withColumn("text", functions.expr("if(id = 'row-3', repeat('x', 10000000), text)"));
    frame.write().parquet(folder.resolve("rows.parquet").toString());
    PreparedData fromParquet =
        prepare(RowSources.at(folder.resolve("rows.parquet").toString()), settings, "parquet");

    assertThat(rejections(fromCsv)).containsExactly("3 TOO_LONG null");
    assertThat(rejections(fromParquet)).containsExactly("row-3 TOO_LONG null");
  }

  @Test
  void invalidUtf8OfCsvIsCountedAndNotReplaced() throws IOException {
    ByteArrayOutputStream csv = new ByteArrayOutputStream();
    write(csv, "id,label,text\n1,food,an apple\n2,place,a town");
    csv.write("3,food,caf".getBytes(StandardCharsets.UTF_8));
    csv.write(0xE9);
    write(csv, "");
    Path file = Files.write(folder.resolve("latin.csv"), csv.toByteArray());

    PreparedData data =
        prepare(
            RowSources.at(file.toString()),
            PreparationSettings.of(KEYED, SplitRule.trainOnly()),
            "data");

    assertThat(rejections(data)).containsExactly("3 INVALID_UTF8 null");
  }

  @Test
  void ofRowsWithOneIdTheSameOneIsAlwaysKept() {
    List<Row> rows = new ArrayList<>(frame(20).collectAsList());
    rows.add(RowFactory.create("row-3", "other", "another text of the same id"));
    rows.add(RowFactory.create("row-3", "other", "a third text of the same id"));
    Dataset<Row> forwards = SPARK.createDataFrame(rows, SCHEMA).coalesce(1);
    List<Row> reversed = new ArrayList<>(rows);
    reversed.sort(Comparator.comparing(row -> -rows.indexOf(row)));
    Dataset<Row> backwards = SPARK.createDataFrame(reversed, SCHEMA).repartition(3);
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.trainOnly());

    PreparedData one = prepare(forwards, settings, "one");
    PreparedData two = prepare(backwards, settings, "two");

    assertThat(one.manifest().funnel().rejected()).isEqualTo(Map.of(RejectionReason.DUPLICATE, 2L));
    assertThat(two.manifest().contentSha256()).isEqualTo(one.manifest().contentSha256());
  }

  @Test
  void withoutAKeyEqualRowsAreDuplicates() {
    Dataset<Row> rows = frame(20).union(frame(5));
    PreparedData data =
        prepare(
            rows,
            PreparationSettings.of(LabelledColumns.of("text", "label"), SplitRule.trainOnly()),
            "data");

    assertThat(data.manifest().funnel())
        .isEqualTo(new Funnel(25, Map.of(RejectionReason.DUPLICATE, 5L), 0, 20, 0, 0));
    assertThat(ids(data, Split.TRAIN)).allMatch(id -> id.matches("[0-9a-f]{64}"));
  }

  @Test
  void longTextsAreCutAndCounted() {
    PreparationSettings settings =
        PreparationSettings.of(KEYED, SplitRule.trainOnly()).withMaximumTokens(6);
    Dataset<Row> rows =
        frame(10).withColumn("text", functions.expr("if(id = 'row-3', 'a b c d e', 'a b c d')"));

    PreparedData data = prepare(rows, settings, "data");

    assertThat(data.manifest().funnel().truncated()).isEqualTo(1);
    assertThat(data.sizes(SPARK, Split.TRAIN).lengths()).containsOnly(6);
    assertThat(examples(data, Split.TRAIN))
        .allSatisfy(example -> assertThat(example.ids()).endsWith(WordTokenizer.LAST));
  }

  @Test
  void evaluationRowsMayComeFromElsewhere() {
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.trainOnly());
    Dataset<Row> held =
        frame(12).withColumn("label", functions.expr("if(id = 'row-3', 'unseen', label)"));
    RowSource broken =
        RowSources.of(
            held.withColumn("text", functions.expr("if(id = 'row-4', '', text)")), "held");

    PreparedData data =
        preparation(RowSources.of(frame(30), "rows"), settings)
            .withEvaluation(broken)
            .prepare(SPARK, folder.resolve("data").toString());

    assertThat(data.manifest().funnel())
        .isEqualTo(
            new Funnel(
                42,
                Map.of(
                    RejectionReason.EMPTY_TEXT,
                    1L,
                    RejectionReason.UNKNOWN_LABEL,
                    1L,
                    RejectionReason.HELD_OUT,
                    11L),
                0,
                19,
                10,
                0));
    assertThat(rejections(data))
        .as("of the twelve held-out rows one has no text that a row to train on could have")
        .hasSize(13)
        .contains("row-3 UNKNOWN_LABEL test", "row-4 EMPTY_TEXT test", "row-3 HELD_OUT null")
        .doesNotContain("row-4 HELD_OUT null");
    assertThat(examples(data, Split.TEST).stream().map(Example::position))
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(data.manifest().sources()).hasSize(2);
  }

  @Test
  void twoWaysToHoldRowsOutAreOneTooMany() {
    DataPreparation preparation =
        preparation(
            RowSources.of(frame(30), "rows"),
            PreparationSettings.of(KEYED, SplitRule.testFraction(0.5)));

    assertThatThrownBy(() -> preparation.withEvaluation(RowSources.of(frame(3), "held")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid split: \"fraction 0.5 by hash test, others train\" holds rows out although a"
                + " separate evaluation source is named; drop one of the two");
  }

  @Test
  void givenLabelsFixTheClasses() {
    PreparationSettings settings =
        PreparationSettings.of(KEYED, SplitRule.testOnly())
            .withLabels(List.of("place", "nowhere", "food"), UnknownLabels.FAIL);

    PreparedData data = prepare(frame(10), settings, "data");

    assertThat(data.manifest().labels()).containsExactly("place", "nowhere", "food");
    assertThat(data.manifest().test().labelCounts()).containsExactly(5L, 0L, 5L);
    assertThat(data.manifest().train().examples()).isZero();
    assertThat(data.sizes(SPARK, Split.TRAIN).lengths()).isEmpty();
  }

  @Test
  void labelUnknownAtEvaluationFailsWhereAsked() {
    PreparationSettings settings =
        PreparationSettings.of(KEYED, SplitRule.testOnly())
            .withLabels(List.of("place", "thing"), UnknownLabels.FAIL);

    assertThatThrownBy(() -> prepare(frame(10), settings, "data"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use 5 of 10 test rows: their label is not one of the 2 known labels (\"place\","
                + " \"thing\"); check the label column, or mend or leave out these rows");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void labelUnknownAtEvaluationIsRejectedOtherwise() {
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.testOnly());

    PreparedData data =
        prepare(
            frame(10),
            settings.withLabels(List.of("place", "thing"), UnknownLabels.REJECT),
            "data");

    assertThat(data.manifest().funnel())
        .isEqualTo(new Funnel(10, Map.of(RejectionReason.UNKNOWN_LABEL, 5L), 0, 0, 5, 0));
    assertThatThrownBy(
            () ->
                prepare(
                    frame(10),
                    settings.withLabels(List.of("thing", "other"), UnknownLabels.REJECT),
                    "none"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot use 10 of 10 test rows");
  }

  @Test
  void emptyDataIsRefused() {
    assertThatThrownBy(
            () -> prepare(frame(0), PreparationSettings.of(KEYED, SplitRule.trainOnly()), "data"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot prepare the data: it holds no row; check the path, the table or the query");
  }

  @Test
  void dataWithoutAUsableRowSaysWhy() {
    Dataset<Row> rows = frame(4).withColumn("text", functions.expr("if(id = 'row-1', '', null)"));

    assertThatThrownBy(
            () -> prepare(rows, PreparationSettings.of(KEYED, SplitRule.trainOnly()), "data"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot prepare the data: none of its 4 rows can be used (3 because the text is"
                + " missing, 1 because the text is empty); check the columns that the recipe"
                + " names");
  }

  @Test
  void oneClassOnlyIsRefused() {
    Dataset<Row> rows = frame(10).withColumn("label", functions.lit("food"));

    assertThatThrownBy(
            () -> prepare(rows, PreparationSettings.of(KEYED, SplitRule.trainOnly()), "data"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot learn classes from rows with one label only")
        .satisfies(
            failure ->
                assertThat(((DataException) failure).code().exitCode())
                    .isEqualTo(FailureCode.UNUSABLE_DATA.exitCode()));
  }

  @Test
  void textsMistakenForLabelsAreRefused() {
    Dataset<Row> rows =
        SPARK
            .range(25_000)
            .selectExpr("cast(id as string) id", "concat('text ', id) label", "'a' text");

    assertThatThrownBy(
            () -> prepare(rows, PreparationSettings.of(KEYED, SplitRule.trainOnly()), "data"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot learn more than 10000 classes");
  }

  @Test
  void tooFewRowsForTheSplitAreRefused() {
    assertThatThrownBy(
            () -> prepare(frame(10), PreparationSettings.of(KEYED, SplitRule.counts(10, 5)), "d"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot split 10 rows as asked (first 10 rows by hash test, next 5 train): no row is"
                + " left to train on; ask for fewer or more test rows, or bring more rows");
    assertThatThrownBy(
            () ->
                prepare(
                    frame(10), PreparationSettings.of(KEYED, SplitRule.testFraction(1e-9)), "d"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no row is held out");
  }

  @Test
  void missingColumnIsNamed() {
    assertThatThrownBy(
            () ->
                prepare(
                    frame(10),
                    PreparationSettings.of(
                        LabelledColumns.of("txt", "label"), SplitRule.trainOnly()),
                    "data"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read column \"txt\" of \"rows\": the columns there are \"id\", \"label\","
                + " \"text\"; did you mean \"text\"?");
  }

  @Test
  void freshDataIsFoundUntilSomethingChanges() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, "id,label,text\n1,food,an apple\n2,place,a town\n");
    RowSource source = RowSources.at(file.toString());
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.trainOnly());
    String directory = folder.resolve("data").toString();
    DataPreparation preparation = preparation(source, settings);

    assertThat(preparation.fresh(SPARK, directory)).isEmpty();
    PreparedData data = preparation.prepare(SPARK, directory);
    assertThat(preparation.fresh(SPARK, directory)).isEqualTo(Optional.of(data));
    assertThat(preparation(source, settings.withMaximumTokens(9)).fresh(SPARK, directory))
        .isEmpty();
    Files.writeString(file, "id,label,text\n1,food,an apple\n2,place,a town\n3,food,a pear\n");
    assertThat(preparation.fresh(SPARK, directory)).isEmpty();
  }

  @Test
  void dataOfASourceThatMayChangeUnseenIsNeverFresh() {
    DataPreparation preparation =
        preparation(
            RowSources.of(frame(10), "rows"), PreparationSettings.of(KEYED, SplitRule.trainOnly()));
    String directory = folder.resolve("data").toString();

    preparation.prepare(SPARK, directory);

    assertThat(preparation.fresh(SPARK, directory)).isEmpty();
  }

  @Test
  void rowsOfATableAndOfAFileMakeTheSameData() {
    PreparationSettings settings = PreparationSettings.of(KEYED, SplitRule.counts(5, 20));
    String path = folder.resolve("rows.parquet").toString();
    frame(30).write().parquet(path);
    frame(30).createOrReplaceTempView("prepared_rows");

    PreparedData fromFile = prepare(RowSources.at(path), settings, "file");
    PreparedData fromQuery =
        prepare(RowSources.at("sql:SELECT * FROM prepared_rows"), settings, "query");

    assertThat(fromQuery.manifest().contentSha256()).isEqualTo(fromFile.manifest().contentSha256());
    assertThat(fromFile.manifest().settings()).containsEntry("key-column", "id");
    assertThat(fromFile.manifest().tokenizerSha256()).isEqualTo("0".repeat(64));
    assertThat(fromFile.manifest().baseSha256()).isEqualTo("1".repeat(64));
  }

  private PreparedData prepare(Dataset<Row> rows, PreparationSettings settings, String name) {
    return prepare(RowSources.of(rows, "rows"), settings, name);
  }

  private PreparedData prepare(RowSource rows, PreparationSettings settings, String name) {
    return preparation(rows, settings).prepare(SPARK, folder.resolve(name).toString());
  }

  private static DataPreparation preparation(RowSource rows, PreparationSettings settings) {
    return new DataPreparation(rows, settings, new WordTokenizer.Source());
  }

  /** Rows row-0 … with four words each and labels food and place in turn. */
  private static Dataset<Row> frame(int rows) {
    return SPARK
        .range(rows)
        .selectExpr(
            "concat('row-', id) AS id",
            "if(id % 2 = 0, 'food', 'place') AS label",
            "concat('a text number ', id) AS text");
  }

  private static List<Example> examples(PreparedData data, Split split) {
    return data.examples(SPARK, split).collect().stream()
        .sorted(Comparator.comparingInt(Example::position))
        .toList();
  }

  private static List<String> ids(PreparedData data, Split split) {
    return examples(data, split).stream().map(Example::rowId).toList();
  }

  private static List<String> rejections(PreparedData data) {
    return data.rejections(SPARK).collectAsList().stream()
        .map(row -> row.getString(0) + " " + row.getString(1) + " " + row.getString(2))
        .toList();
  }

  private static String tenMegabytes() {
    return "word ".repeat(2_000_000);
  }

  private static void write(ByteArrayOutputStream out, String line) {
    out.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
