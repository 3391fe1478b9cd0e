package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.LocalSpark;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Two rows that tests of sources put somewhere, and read back. */
public final class Glosses {
  /** The columns that are read, the key last. */
  public static final List<String> COLUMNS = List.of("text", "label", "id");

  /** The values that are there. */
  public static final List<List<String>> TABLE =
      List.of(List.of("an apple, red", "food", "1"), List.of("a \"café\"", "place", "2"));

  private Glosses() {}

  /** The two rows. */
  public static Dataset<Row> frame() {
    return LocalSpark.session()
        .sql(
            "SELECT 1 AS id, 'food' AS label, 'an apple, red' AS text UNION ALL SELECT 2, 'place', 'a"
                + " \"café\"'");
  }

  /** The rows as texts, by id, without the two columns about rejection. */
  public static List<List<String>> rows(RowSource source) {
    Dataset<Row> raw = source.rows(LocalSpark.session(), COLUMNS, RowLimits.defaults());
    assertThat(raw.schema()).isEqualTo(RawColumns.schema(COLUMNS));
    List<List<String>> rows = new ArrayList<>();
    for (Row row : raw.collectAsList()) {
      assertThat(row.isNullAt(3)).isTrue();
      List<String> values = new ArrayList<>();
      for (int column = 0; column < COLUMNS.size(); column++) {
        byte[] value = row.getAs(column);
        values.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
      }
      rows.add(values);
    }
    rows.sort(Comparator.comparing(row -> row.get(2)));
    return rows;
  }
}
