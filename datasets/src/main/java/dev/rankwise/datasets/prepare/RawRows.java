package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.source.RejectionReason;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.Row;

/** Takes rows of {@link dev.rankwise.datasets.source.RawColumns} apart for their check. */
final class RawRows {
  private RawRows() {}

  /**
   * The row after its check.
   *
   * @param values places in the row of the values to check
   * @param group place of the value by which the row is put into a split; below 0 for none
   * @param columns values that the row has
   */
  static CheckedRow checked(Row row, int[] values, int group, int columns, RowCheck check) {
    byte[][] taken = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      taken[i] = row.getAs(values[i]);
    }
    String reason = row.getString(columns);
    if (reason != null) {
      return check.rejected(taken, RejectionReason.valueOf(reason), row.getString(columns + 1));
    }
    CheckedRow checked = check.check(taken);
    if (row.size() > columns + 2) {
      checked = checked.changed(row.getLong(columns + 2));
    }
    return group < 0 ? checked : checked.ofGroup(text(row.getAs(group)));
  }

  /** A value as text; bytes that are no UTF-8 are as good a name of a group as others. */
  private static String text(byte[] value) {
    return value == null ? "" : new String(value, StandardCharsets.UTF_8);
  }
}
