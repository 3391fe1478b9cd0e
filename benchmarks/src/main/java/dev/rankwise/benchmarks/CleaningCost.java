package dev.rankwise.benchmarks;

import dev.rankwise.datasets.clean.CleanedSource;
import dev.rankwise.datasets.clean.CleaningSettings;
import dev.rankwise.datasets.clean.ColumnRule;
import dev.rankwise.datasets.clean.Duplicates;
import dev.rankwise.datasets.clean.RowFilter;
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
import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What each step of cleaning costs on made-up short rows, by the clock: {@code CleaningCost ROWS
 * FOLDER} writes the rows as Parquet to the folder, reads them once without a step, then once with
 * each, and prints a row of a table for each.
 */
public final class CleaningCost {
  private static final AskedColumns ASKED = AskedColumns.ofTexts(List.of("text", "id"));

  private CleaningCost() {}

  /** Measures. */
  public static void main(String[] arguments) throws IOException {
    long count = Long.parseLong(arguments[0]);
    String rows = arguments[1] + "/rows.parquet";
    String set = arguments[1] + "/set.parquet";
    try (SparkSession spark =
        SparkSession.builder()
            .appName("cleaning cost")
            .config("spark.ui.enabled", "false")
            .getOrCreate()) {
      spark.sql(query(count)).write().parquet(rows);
      spark.sql(query(2_000)).sample(0.5, 1).select("text").write().parquet(set);
      RowSource source = RowSources.at(rows);
      seconds(spark, source); // Reads the code and warms the machine.
      double plain = seconds(spark, source);
      print("none", count, plain, 0, 0);
      for (Map.Entry<String, CleaningSettings> step : steps().entrySet()) {
        RowSource cleaned =
            CleanedSource.training(source, step.getValue(), List.of("id"), "id", List.of());
        measure(spark, step.getKey(), cleaned, count, plain);
      }
      RowSource beside =
          CleanedSource.training(
              source, CleaningSettings.NONE, List.of("id"), "id", List.of(RowSources.at(set)));
      measure(spark, "decontaminate, 1,000 texts", beside, count, plain);
    }
  }

  /**
   * Rows of 12 to 43 words of 2,000, whose words follow from their numbers: of 20 one is the same
   * as the row before, one nearly the same, and of 50 one has an address.
   */
  private static String query(long count) {
    String number = "IF(id % 20 = 1, id - 1, IF(id % 20 = 3, id - 1, id))";
    String words =
        "array_join(transform(sequence(1, int(12 + pmod(hash(n, 7), 32))), i -> concat(element_at("
            + "array('ta','ri','mo','len','sa','ker','vi','do'), int(1 + pmod(hash(n, i, 1), 8))),"
            + " element_at(array('na','ter','lo','sin','ge'), int(1 + pmod(hash(n, i, 2), 5))),"
            + " element_at(array('', 's', 'ing', 'ed', 'ly'), int(1 + pmod(hash(n, i, 3), 5))),"
            + " element_at(array('', 'a', 'e', 'o', 'u', 'ck', 'sh', 'm', 'p', 'x'), int(1 + pmod(hash(n,"
            + " i, 4), 10))))), ' ')";
    return "SELECT concat('row-', id) AS id, concat("
        + words
        + ", IF(id % 20 = 3, ' further', ''), IF(id % 50 = 7, concat(' write to a', id,"
        + " '@example.com'), '')) AS text FROM (SELECT id, "
        + number
        + " AS n FROM range("
        + count
        + "))";
  }

  private static Map<String, CleaningSettings> steps() {
    Map<String, CleaningSettings> steps = new LinkedHashMap<>();
    TextMending mending =
        new TextMending(
            TextMending.Encoding.REPAIRED, TextMending.Controls.REMOVED, TextMending.Form.NFC);
    TextQuality quality =
        new TextQuality(
            List.of(QualityRules.GOPHER_QUALITY, QualityRules.GOPHER_REPETITION),
            Map.of(QualityLimit.LEAST_WORDS, 5.0, QualityLimit.LEAST_STOP_WORDS, 0.0));
    Map<PersonalData, Handling> masked = new EnumMap<>(PersonalData.class);
    for (PersonalData kind : PersonalData.values()) {
      masked.put(kind, Handling.MASK);
    }
    ColumnRule rule = new ColumnRule("text", 20, 100_000, 3, 5_000, "", "(?i)lorem");
    LanguageRule any = LanguageRule.ANY;
    RowFilter all = RowFilter.NONE;
    steps.put("filter", judging(RowFilter.of("length(text) > 20"), List.of(), any));
    steps.put("mend", mending(mending, TextQuality.NONE, Map.of()));
    steps.put("rules of columns", judging(all, List.of(rule), any));
    steps.put("quality, both of Gopher's", mending(TextMending.NONE, quality, Map.of()));
    LanguageRule languages = new LanguageRule(List.of("en", "fi", "es", "tl"));
    steps.put("languages", judging(all, List.of(), languages));
    steps.put("personal data, all kinds", mending(TextMending.NONE, TextQuality.NONE, masked));
    double similarity = CleaningSettings.DEFAULT_SIMILARITY;
    steps.put("the same text", CleaningSettings.NONE.without(Duplicates.SAME_TEXT, similarity));
    steps.put(
        "nearly the same text",
        CleaningSettings.NONE.without(Duplicates.NEARLY_SAME_TEXT, similarity));
    return steps;
  }

  private static CleaningSettings mending(
      TextMending mending, TextQuality quality, Map<PersonalData, Handling> personalData) {
    return new CleaningSettings(
        mending,
        RowFilter.NONE,
        List.of(),
        quality,
        LanguageRule.ANY,
        personalData,
        Duplicates.BY_ID,
        CleaningSettings.DEFAULT_SIMILARITY);
  }

  private static CleaningSettings judging(
      RowFilter filter, List<ColumnRule> rules, LanguageRule languages) {
    return new CleaningSettings(
        TextMending.NONE,
        filter,
        rules,
        TextQuality.NONE,
        languages,
        Map.of(),
        Duplicates.BY_ID,
        CleaningSettings.DEFAULT_SIMILARITY);
  }

  private static void measure(
      SparkSession spark, String step, RowSource cleaned, long count, double plain) {
    long began = System.nanoTime();
    Dataset<Row> read = cleaned.rows(spark, ASKED, RowLimits.defaults());
    Row told =
        read.agg(
                functions.count(functions.col("_rankwise_rejection")),
                functions.sum(
                    functions.when(functions.col("_rankwise_changes").gt(0), 1).otherwise(0)),
                functions.sum(functions.length(functions.col("text"))))
            .collectAsList()
            .get(0);
    cleaned.release();
    double seconds = (System.nanoTime() - began) / 1e9;
    print(step, count, seconds, told.getLong(0), told.getLong(1));
    System.out.printf(
        Locale.ROOT,
        "#  %s: %.1f us a row beyond reading%n",
        step,
        1e6 * (seconds - plain) / count);
  }

  private static double seconds(SparkSession spark, RowSource source) {
    long began = System.nanoTime();
    source
        .rows(spark, ASKED, RowLimits.defaults())
        .agg(functions.sum(functions.length(functions.col("text"))))
        .collectAsList();
    return (System.nanoTime() - began) / 1e9;
  }

  private static void print(String step, long count, double seconds, long left, long changed) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %s | %s |%n",
        step,
        seconds,
        1e6 * seconds / count,
        left,
        changed);
  }
}
