package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.StrictUtf8;
import dev.rankwise.models.failure.DataException;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * How many rows have each value of a column. Driver only.
 *
 * @param rows rows by value, in the order of the values' characters
 * @param without rows that have no value there, or none that is text in UTF-8; what a source could
 *     not read, and what its filter leaves out, is in neither
 */
public record RowGroups(SortedMap<String, Long> rows, long without) {
  /** Most UTF-8 bytes of a value: it becomes a name, which a text of many words is not. */
  public static final int MOST_BYTES = 200;

  public RowGroups {
    rows = Collections.unmodifiableSortedMap(new TreeMap<>(rows));
  }

  /**
   * Counts the rows of a source.
   *
   * @param column the column by whose values they are told apart
   * @param most most values that it may have
   * @throws DataException if the column is missing, has more values, or one that is too long for a
   *     name; no value is told
   */
  public static RowGroups of(
      SparkSession spark, RowSource source, String column, RowLimits limits, int most) {
    Dataset<Row> read = source.rows(spark, AskedColumns.ofTexts(List.of(column)), limits);
    Column value = named(read.columns()[0]);
    Column reason = named(read.columns()[1]);
    List<Row> counted =
        read.where(reason.isNull())
            .groupBy(functions.substring(value, 1, MOST_BYTES + 1).as("value"))
            .count()
            .limit(most + 2)
            .collectAsList();
    source.release();
    SortedMap<String, Long> rows = new TreeMap<>();
    long without = 0;
    for (Row row : counted) {
      byte[] bytes = row.isNullAt(0) ? new byte[0] : row.<byte[]>getAs(0);
      if (bytes.length > MOST_BYTES) {
        throw refused(column, "has a value of more than %s bytes".formatted(MOST_BYTES));
      }
      String text = StrictUtf8.decode(bytes).orElse("");
      if (text.isEmpty()) {
        without += row.getLong(1);
      } else {
        rows.put(text, row.getLong(1));
      }
    }
    if (counted.size() > most + 1 || rows.size() > most) {
      throw refused(column, "has more than %s values".formatted(most));
    }
    return new RowGroups(rows, without);
  }

  private static Column named(String column) {
    return functions.col("`" + column.replace("`", "``") + "`");
  }

  private static DataException refused(String column, String what) {
    return new DataException(
        "Cannot tell rows apart by column \"%s\": it %s; name one of names, such as a customer's"
            .formatted(column, what));
  }
}
