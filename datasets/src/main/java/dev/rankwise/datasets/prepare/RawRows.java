package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.LabelledRowCheck;
import dev.rankwise.datasets.source.RejectionReason;
import org.apache.spark.sql.Row;

/** Takes rows of {@link dev.rankwise.datasets.source.RawColumns} apart for their check. */
final class RawRows {
  private static final int TEXT = 0;
  private static final int LABEL = 1;
  private static final int KEY = 2;

  private RawRows() {}

  static CheckedRow checked(Row row, LabelledRowCheck check) {
    int columns = check.columns().names().size();
    byte[] key = check.columns().isKeyed() ? row.getAs(KEY) : null;
    String reason = row.getString(columns);
    if (reason != null) {
      return check.rejected(key, RejectionReason.valueOf(reason), row.getString(columns + 1));
    }
    byte[] text = row.getAs(TEXT);
    byte[] label = row.getAs(LABEL);
    return check.check(text, label, key);
  }
}
