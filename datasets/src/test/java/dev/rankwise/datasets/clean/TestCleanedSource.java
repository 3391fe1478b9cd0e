package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.PersonalData;
import dev.rankwise.datasets.clean.text.PersonalData.Handling;
import dev.rankwise.datasets.clean.text.QualityLimit;
import dev.rankwise.datasets.clean.text.QualityRules;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("spark")
final class TestCleanedSource {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType)
          .add("text", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("source", DataTypes.StringType);
  private static final AskedColumns ASKED = AskedColumns.ofTexts(List.of("text", "label", "id"));
  private static final RowLimits LIMITS = new RowLimits(1_000);

  @TempDir Path folder;

  @Test
  void textsAreMendedAndLabelsAndKeysAreNot() {
    Map<String, String> read =
        values(
            with(
                new TextMending(
                    TextMending.Encoding.REPAIRED,
                    TextMending.Controls.REMOVED,
                    TextMending.Form.NFC)),
            rows(
                row("cafÃ©", "cafÃ©\u0000", "lÃ©"), row("b", "cafÃ©", "x"), row("c", "fine", "y")));
    assertThat(read).isEqualTo(Map.of("cafÃ©", "café lÃ© 3", "b", "café x 1", "c", "fine y 0"));
  }

  @Test
  void aConditionSeesTheColumnsAsTheyCome() {
    CleaningSettings settings = with(RowFilter.of("source <> 'forum' AND length(text) > 2"));
    assertThat(
            reasons(
                settings,
                rows(
                    row("a", "long enough", "x", "news"),
                    row("b", "long enough", "x", "forum"),
                    row("c", "no", "x", "news"),
                    row("d", "long enough", "x", null),
                    row("e", null, "x", "news"))))
        .isEqualTo(
            Map.of("a", "", "b", "FILTERED", "c", "FILTERED", "d", "FILTERED", "e", "FILTERED"));
  }

  @Test
  void aColumnThatTheConditionNamesMustBeThere() {
    RowSource cleaned = cleaned(with(RowFilter.of("nothing = 1")), rows(row("a", "t", "x")));
    assertThatThrownBy(() -> cleaned.rows(SPARK, ASKED, LIMITS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nothing");
  }

  @Test
  void columnsHaveRulesOfTheirOwn() {
    CleaningSettings settings =
        settings(
            TextMending.NONE,
            RowFilter.NONE,
            List.of(
                new ColumnRule("text", 3, 20, 1, 4, "", "(?i)secret"),
                new ColumnRule("source", 0, Integer.MAX_VALUE, 0, Integer.MAX_VALUE, "^n", "")));
    assertThat(
            reasons(
                settings,
                rows(
                    row("a", "one two", "x", "news"),
                    row("b", "ab", "x", "news"),
                    row("c", "one two three four five", "x", "news"),
                    row("d", "a b c d e", "x", "news"),
                    row("e", "a SECRET", "x", "news"),
                    row("f", "one two", "x", "forum"),
                    row("g", "one two", "x", null))))
        .isEqualTo(
            Map.of(
                "a",
                "",
                "b",
                "COLUMN_RULE",
                "c",
                "COLUMN_RULE",
                "d",
                "COLUMN_RULE",
                "e",
                "COLUMN_RULE",
                "f",
                "COLUMN_RULE",
                "g",
                "COLUMN_RULE"));
  }

  @Test
  void qualityAndLanguageJudgeTheText() {
    TextQuality quality =
        new TextQuality(
            List.of(QualityRules.GOPHER_QUALITY),
            Map.of(QualityLimit.LEAST_WORDS, 5.0, QualityLimit.LEAST_STOP_WORDS, 0.0));
    CleaningSettings settings =
        new CleaningSettings(
            TextMending.NONE,
            RowFilter.NONE,
            List.of(),
            quality,
            new LanguageRule(List.of("en")),
            Map.of(),
            Duplicates.BY_ID,
            0.7);
    assertThat(
            reasons(
                settings,
                rows(
                    row("a", "This is a sentence that everybody can read without any trouble", "x"),
                    row("b", "Das ist ein Satz, den jeder ohne Mühe lesen und verstehen kann", "x"),
                    row("c", "too short", "x"))))
        .isEqualTo(Map.of("a", "", "b", "OTHER_LANGUAGE", "c", "WORD_COUNT"));
  }

  @Test
  void personalDataIsMaskedOrItsRowLeftOut() {
    CleaningSettings settings =
        with(Map.of(PersonalData.EMAIL, Handling.MASK, PersonalData.CARD, Handling.DROP));
    Map<String, String> read =
        values(
            settings,
            rows(
                row("me@example.com", "to a@b.de and 8.8.8.8", "x"),
                row("b", "4111 1111 1111 1111", "x"),
                row("c", "nothing", "x")));
    assertThat(read)
        .isEqualTo(
            Map.of(
                "me@example.com",
                "to <EMAIL> and 8.8.8.8 x " + RowChange.EMAIL_MASKED.bit(),
                "b",
                "CARD_FOUND",
                "c",
                "nothing x 0"));
  }

  @Test
  void ofOneTextTheRowWithTheLeastHashOfItsKeyStays() {
    // SHA-256: b 3e23, c 2e7d, a ca97.
    List<Row> rows =
        List.of(
            row("a", "same", "x"),
            row("b", "same", "y"),
            row("c", "same", "z"),
            row("d", "d", "x"));
    Map<String, String> expected = Map.of("a", "SAME_TEXT", "b", "SAME_TEXT", "c", "", "d", "");
    CleaningSettings settings = CleaningSettings.NONE.without(Duplicates.SAME_TEXT, 0.7);
    assertThat(reasons(settings, rows(rows))).isEqualTo(expected);
    List<Row> turned = List.of(rows.get(3), rows.get(2), rows.get(1), rows.get(0));
    assertThat(reasons(settings, rows(turned).repartition(3))).isEqualTo(expected);
  }

  @Test
  void ofNearlyOneTextTheLeastStaysAndEqualOnesAreToldFirst() {
    String text =
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
    CleaningSettings settings = CleaningSettings.NONE.without(Duplicates.NEARLY_SAME_TEXT, 0.7);
    List<Row> rows =
        List.of(
            row("a", text, "x"),
            row("b", text + " fifteen", "x"),
            row("c", text + " fifteen", "y"),
            row("d", "another text that shares nothing", "x"),
            row("e", null, "x"));
    Map<String, String> reasons = reasons(settings, rows(rows));
    assertThat(reasons)
        .isEqualTo(Map.of("a", "NEARLY_SAME_TEXT", "b", "SAME_TEXT", "c", "", "d", "", "e", ""));
    assertThat(reasons(settings, rows(rows).repartition(4))).isEqualTo(reasons);
    assertThat(reasons(settings.without(Duplicates.NEARLY_SAME_TEXT, 1), rows(rows)))
        .isEqualTo(Map.of("a", "", "b", "SAME_TEXT", "c", "", "d", "", "e", ""));
  }

  /** Without a key rows are told by their values, and equal ones are left to the check of ids. */
  @Test
  void rowsWithoutAKeyAreComparedToo() {
    RowSource cleaned =
        CleanedSource.training(
            RowSources.of(
                rows(row("1", "same", "x"), row("2", "same", "x"), row("3", "same", "y")), "rows"),
            CleaningSettings.NONE.without(Duplicates.SAME_TEXT, 0.7),
            List.of("label", ""),
            "",
            List.of());
    List<Row> read =
        cleaned.rows(SPARK, AskedColumns.ofTexts(List.of("text", "label")), LIMITS).collectAsList();
    cleaned.release();
    List<String> told = read.stream().map(row -> text(row, 1) + " " + row.get(2)).sorted().toList();
    assertThat(told)
        .isIn(
            List.of("x SAME_TEXT", "x SAME_TEXT", "y null"),
            List.of("x null", "x null", "y SAME_TEXT"));
    assertThat(read)
        .filteredOn(row -> row.get(2) != null)
        .allSatisfy(row -> assertThat(row.getString(3)).matches("[0-9a-f]{64}"));
  }

  @Test
  void rowsThatShareThirteenWordsWithAnEvaluationSetAreLeftOut() throws Exception {
    String run = "a b c d e f g h i j k l m";
    Path set =
        Files.write(
            folder.resolve("set.jsonl"),
            List.of("{\"text\":\"x %s y\"}".formatted(run), "{\"text\":\"Short one.\"}"));
    RowSource cleaned =
        CleanedSource.training(
            RowSources.of(
                rows(
                    row("a", "before, " + run.toUpperCase(Locale.ROOT) + "! after", "x"),
                    row("b", run.substring(2) + " z", "x"),
                    row("c", "short ONE", "x"),
                    row("d", "a short one more", "x")),
                "rows"),
            CleaningSettings.NONE,
            List.of("label", "id"),
            "id",
            List.of(RowSources.at(set.toString())));
    assertThat(reasons(cleaned))
        .isEqualTo(Map.of("a", "IN_EVALUATION", "b", "", "c", "IN_EVALUATION", "d", ""));
    Path other = Files.write(folder.resolve("other.jsonl"), List.of("{\"words\":\"x\"}"));
    RowSource wrong =
        CleanedSource.training(
            RowSources.of(rows(row("a", "t", "x")), "rows"),
            CleaningSettings.NONE,
            List.of("label", "id"),
            "id",
            List.of(RowSources.at(other.toString())));
    assertThatThrownBy(() -> wrong.rows(SPARK, ASKED, LIMITS))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot compare with \"%s\" of data.decontaminate: it has none of the columns text (it has words); name it by sql:SELECT ... AS text"
                .formatted(other));
  }

  @Test
  void heldOutRowsAreMendedAndNoneIsLeftOut() {
    CleaningSettings settings =
        new CleaningSettings(
            TextMending.NONE,
            RowFilter.of("text = 'never'"),
            List.of(new ColumnRule("text", 100, 200, 0, 9, "", "")),
            new TextQuality(List.of(QualityRules.C4), Map.of()),
            new LanguageRule(List.of("zul")),
            Map.of(PersonalData.EMAIL, Handling.MASK, PersonalData.IP, Handling.DROP),
            Duplicates.NEARLY_SAME_TEXT,
            0.7);
    RowSource held =
        CleanedSource.heldOut(
            RowSources.of(
                rows(row("a", "a@b.de 8.8.8.8", "x"), row("b", "a@b.de 8.8.8.8", "x")), "rows"),
            settings,
            List.of("label", "id"),
            "id");
    assertThat(values(held))
        .isEqualTo(Map.of("a", "<EMAIL> <IP> x 144", "b", "<EMAIL> <IP> x 144"));
    RowSource plain = RowSources.of(rows(), "rows");
    assertThat(CleanedSource.heldOut(plain, with(RowFilter.of("text = 'x'")), List.of(), ""))
        .as("nothing to mend")
        .isSameAs(plain);
  }

  /** Neither side is masked: a run of words that holds what is masked in training is found. */
  @Test
  void masksHideNothingFromTheComparisonWithEvaluationSets() throws Exception {
    String run = "a b c d e f me@example.com h i j k l m";
    Path set =
        Files.write(folder.resolve("set.jsonl"), List.of("{\"text\":\"x %s y\"}".formatted(run)));
    RowSource cleaned =
        CleanedSource.training(
            RowSources.of(rows(row("a", run + " z", "x"), row("b", "me@example.com", "x")), "rows"),
            with(Map.of(PersonalData.EMAIL, Handling.MASK)),
            List.of("label", "id"),
            "id",
            List.of(RowSources.at(set.toString())));
    assertThat(reasons(cleaned)).isEqualTo(Map.of("a", "IN_EVALUATION", "b", ""));
  }

  /** It cannot be judged, and what a rule is asked of is not to pass by being unreadable. */
  @Test
  void noRuleAllowsAValueThatIsNoText() {
    Dataset<Row> frame =
        SPARK.createDataFrame(
            List.of(
                RowFactory.create("a", "fine", new byte[] {'n', (byte) 0xFF}),
                RowFactory.create("b", "fine", "n".repeat(1_001).getBytes(StandardCharsets.UTF_8)),
                RowFactory.create("c", "fine", new byte[] {'n'})),
            new StructType()
                .add("id", DataTypes.StringType)
                .add("text", DataTypes.StringType)
                .add("source", DataTypes.BinaryType));
    ColumnRule rule =
        new ColumnRule("source", 0, Integer.MAX_VALUE, 0, Integer.MAX_VALUE, "^n", "");
    RowSource cleaned = cleaned(settings(TextMending.NONE, RowFilter.NONE, List.of(rule)), frame);
    AskedColumns asked = AskedColumns.ofTexts(List.of("text", "id"));
    List<Row> read = cleaned.rows(SPARK, asked, LIMITS).orderBy("id").collectAsList();
    cleaned.release();
    assertThat(read.stream().map(row -> row.getString(2)))
        .containsExactly("COLUMN_RULE", "COLUMN_RULE", null);
  }

  /** What the check behind it rejects must reach it as it is. */
  @Test
  void longAndDamagedValuesPassAsTheyAre() {
    byte[] damaged = {'a', (byte) 0xFF};
    Dataset<Row> frame =
        SPARK.createDataFrame(
            List.of(
                RowFactory.create("a", damaged, "x"),
                RowFactory.create("b", "y".repeat(1_001).getBytes(StandardCharsets.UTF_8), "x")),
            new StructType()
                .add("id", DataTypes.StringType)
                .add("text", DataTypes.BinaryType)
                .add("label", DataTypes.StringType));
    RowSource cleaned =
        cleaned(
            new CleaningSettings(
                TextMending.NONE,
                RowFilter.NONE,
                List.of(),
                new TextQuality(List.of(QualityRules.C4), Map.of()),
                LanguageRule.ANY,
                Map.of(),
                Duplicates.NEARLY_SAME_TEXT,
                0.7),
            frame);
    List<Row> read = cleaned.rows(SPARK, ASKED, LIMITS).orderBy("id").collectAsList();
    cleaned.release();
    assertThat(read).allSatisfy(row -> assertThat(row.get(3)).isNull());
    assertThat(read.get(0).<byte[]>getAs(0)).isEqualTo(damaged);
  }

  @Test
  void theVersionTellsOfTheCleaning() throws Exception {
    Path file = Files.write(folder.resolve("rows.jsonl"), List.of("{\"text\":\"t\"}"));
    RowSource plain = RowSources.at(file.toString());
    List<String> versions = new ArrayList<>();
    versions.add(plain.describe(SPARK).version());
    for (CleaningSettings settings :
        List.of(with(RowFilter.of("text = 'a'")), with(RowFilter.of("text = 'b'")))) {
      RowSource cleaned = CleanedSource.training(plain, settings, List.of(), "", List.of());
      versions.add(cleaned.describe(SPARK).version());
      assertThat(cleaned.describe(SPARK).location()).isEqualTo(file.toString());
      assertThat(cleaned.cleaning()).isEqualTo(Map.of("filter", settings.filter().condition()));
    }
    RowSource beside =
        CleanedSource.training(plain, CleaningSettings.NONE, List.of(), "", List.of(plain));
    versions.add(beside.describe(SPARK).version());
    RowSource unsure =
        CleanedSource.training(
            plain, CleaningSettings.NONE, List.of(), "", List.of(RowSources.of(rows(), "rows")));
    assertThat(versions).doesNotHaveDuplicates();
    assertThat(unsure.describe(SPARK).versioned()).isFalse();
  }

  private static CleaningSettings with(TextMending mending) {
    return settings(mending, RowFilter.NONE, List.of());
  }

  private static CleaningSettings with(RowFilter filter) {
    return settings(TextMending.NONE, filter, List.of());
  }

  private static CleaningSettings with(Map<PersonalData, Handling> personalData) {
    return new CleaningSettings(
        TextMending.NONE,
        RowFilter.NONE,
        List.of(),
        TextQuality.NONE,
        LanguageRule.ANY,
        personalData,
        Duplicates.BY_ID,
        0.7);
  }

  private static CleaningSettings settings(
      TextMending mending, RowFilter filter, List<ColumnRule> rules) {
    return new CleaningSettings(
        mending,
        filter,
        rules,
        TextQuality.NONE,
        LanguageRule.ANY,
        Map.of(),
        Duplicates.BY_ID,
        0.7);
  }

  private static RowSource cleaned(CleaningSettings settings, Dataset<Row> frame) {
    return CleanedSource.training(
        RowSources.of(frame, "rows"), settings, List.of("label", "id", ""), "id", List.of());
  }

  /** By key the reason; empty where there is none. */
  private static Map<String, String> reasons(CleaningSettings settings, Dataset<Row> frame) {
    return reasons(cleaned(settings, frame));
  }

  private static Map<String, String> reasons(RowSource cleaned) {
    Map<String, String> reasons = new TreeMap<>();
    for (Row row : cleaned.rows(SPARK, ASKED, LIMITS).collectAsList()) {
      reasons.put(text(row, 2), row.isNullAt(3) ? "" : row.getString(3));
      assertThat(row.isNullAt(4)).isEqualTo(row.isNullAt(3));
    }
    cleaned.release();
    return reasons;
  }

  private static Map<String, String> values(CleaningSettings settings, Dataset<Row> frame) {
    return values(cleaned(settings, frame));
  }

  /** By key text, label and changes; the reason alone of a row that is left out. */
  private static Map<String, String> values(RowSource cleaned) {
    Map<String, String> values = new TreeMap<>();
    for (Row row : cleaned.rows(SPARK, ASKED, LIMITS).collectAsList()) {
      values.put(
          text(row, 2),
          row.isNullAt(3)
              ? text(row, 0) + " " + text(row, 1) + " " + row.getLong(5)
              : row.getString(3));
    }
    return values;
  }

  private static String text(Row row, int place) {
    return new String(row.<byte[]>getAs(place), StandardCharsets.UTF_8);
  }

  private static Row row(String id, String text, String label) {
    return row(id, text, label, null);
  }

  private static Row row(String id, String text, String label, String source) {
    return RowFactory.create(id, text, label, source);
  }

  private static Dataset<Row> rows(Row... rows) {
    return rows(List.of(rows));
  }

  private static Dataset<Row> rows(List<Row> rows) {
    return SPARK.createDataFrame(rows, SCHEMA);
  }
}
