package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("spark")
@Tag("core")
final class TestRowFilter {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final String EXAMPLE =
      "; write a condition of Spark's SQL over the columns of one row, such as length(text) > 20 AND"
          + " source <> 'forum'";

  @Test
  void columnsAreThoseThatItNames() {
    RowFilter filter =
        RowFilter.of(
            "length(text) > 2 AND (`the source` = 'a' OR text rlike '^x') AND exists(split(tags, ','), it -> it = 'y')");
    assertThat(filter.columns()).containsExactlyInAnyOrder("text", "the source", "tags");
    assertThat(RowFilter.of("  ")).isSameAs(RowFilter.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "length(text >|it is no condition in SQL",
        "1 = 1|it names no column",
        "text IN (SELECT a FROM b)|it holds a query",
        "EXISTS (SELECT 1)|it holds a query",
        "reflect('java.lang.System', 'getenv', text) = 'x'|it calls reflect, which says another thing at another time or place",
        "text < current_date()|it calls current_date, which says another thing at another time or place",
        "text < date 'today'|it says \"date 'today\", which is another day tomorrow",
        "text < TIMESTAMP ' now'|it says \"TIMESTAMP ' now\", which is another day tomorrow",
        "row_number() OVER (ORDER BY text) = 1|it looks at other rows (OVER)",
        "max(text) OVER w = 1|it looks at other rows (OVER)",
        "date(text) < NOW()|it calls now, which says another thing at another time or place",
      })
  void whatIsNoConditionOverARowIsRefused(String condition, String problem) {
    assertThatThrownBy(() -> RowFilter.of(condition))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid data.filter: " + problem + EXAMPLE);
  }

  @Test
  void valueOfAColumnIsMetCharacterForCharacter() {
    List<String> values =
        List.of("a", "a ", "A", "it's", "back\\slash", "\\'", "50\\%_", "lin\ne", "x' OR '1' = '1");
    Dataset<Row> rows =
        SPARK
            .createDataset(values, Encoders.STRING())
            .toDF("a `b")
            .withColumn("_other", functions.lit("t"));
    for (String value : values) {
      RowFilter one = RowFilter.of("_other = 't' OR _other = 'u'").and("a `b", value);
      assertThat(one.columns()).containsExactlyInAnyOrder("_other", "a `b");
      assertThat(
              one.judged(rows, "met")
                  .where("met")
                  .select("`a ``b`")
                  .as(Encoders.STRING())
                  .collectAsList())
          .containsExactly(value);
    }
    assertThat(RowFilter.NONE.and("c", "d").condition()).isEqualTo("`c` = 'd'");
  }

  @Test
  void chanceIsRefusedOnceItIsKnown() {
    assertThatThrownBy(() -> RowFilter.of("rand() < 0.5 AND text <> ''").judged(rows(), "met"))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid data.filter: it calls what goes by chance" + EXAMPLE);
  }

  @Test
  void anUnknownFunctionIsToldWithoutARow() {
    assertThatThrownBy(() -> RowFilter.of("nosuch(text) = 1").judged(rows(), "met"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot use data.filter: ")
        .hasMessageContaining("nosuch")
        .hasMessageEndingWith("; its columns are texts, so cast what is to be a number");
  }

  @Test
  void whatCannotBeToldIsNotMet() {
    assertThat(
            RowFilter.of("text > 5")
                .judged(rows(), "met")
                .selectExpr("met")
                .collectAsList()
                .stream()
                .map(row -> row.getBoolean(0)))
        .containsExactly(true, false, false);
  }

  private static Dataset<Row> rows() {
    return SPARK.sql("SELECT * FROM VALUES ('7'), ('3'), (CAST(NULL AS STRING)) AS t(text)");
  }
}
