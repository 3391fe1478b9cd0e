package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.source.RejectionReason;
import org.apache.spark.sql.Row;

/** Takes rows of {@link dev.rankwise.datasets.source.RawColumns} apart for their check. */
final class RawRows {
  private RawRows() {}

  static CheckedRow checked(Row row, int columns, RowCheck check) {
    byte[][] values = new byte[columns][];
    for (int i = 0; i < columns; i++) {
      values[i] = row.getAs(i);
    }
    String reason = row.getString(columns);
    return reason == null
        ? check.check(values)
        : check.rejected(values, RejectionReason.valueOf(reason), row.getString(columns + 1));
  }
}
