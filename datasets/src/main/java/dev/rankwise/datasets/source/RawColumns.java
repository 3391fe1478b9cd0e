package dev.rankwise.datasets.source;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The form in which every {@link RowSource} hands on its rows.
 *
 * <table>
 *   <caption>Columns by position</caption>
 *   <tr><th>position</th><th>type</th><th>content</th></tr>
 *   <tr><td>0 … n-1</td><td>BINARY</td><td>the asked columns in the order asked: the value's text in
 *     UTF-8 as it was found, unchecked; null where the row has none</td></tr>
 *   <tr><td>n</td><td>STRING</td><td>name of the {@link RejectionReason} where the row could not be
 *     read, otherwise null</td></tr>
 *   <tr><td>n+1</td><td>STRING</td><td>hash of the raw record where the row could not be read,
 *     otherwise null</td></tr>
 *   <tr><td>n+2</td><td>LONG</td><td>what was changed in the row, a bit each; only of a source that
 *     changes rows</td></tr>
 * </table>
 */
public final class RawColumns {
  /** Columns behind those that were asked for. */
  static final int REJECTION_COLUMNS = 2;

  private static final String REASON = "_rankwise_rejection";
  private static final String RECORD_HASH = "_rankwise_record";
  private static final String CHANGES = "_rankwise_changes";

  private RawColumns() {}

  /** The schema for {@code columns}. */
  public static StructType schema(List<String> columns) {
    StructType schema = new StructType();
    for (String column : columns) {
      schema = schema.add(column, DataTypes.BinaryType, true);
    }
    return schema.add(REASON, DataTypes.StringType, true).add(RECORD_HASH, DataTypes.StringType);
  }

  /** The schema of a source that changes rows. */
  public static StructType changedSchema(List<String> columns) {
    return schema(columns).add(CHANGES, DataTypes.LongType, false);
  }

  /** A row that was read: its values, and no rejection. */
  public static Row accepted(byte[][] values) {
    Object[] fields = new Object[values.length + REJECTION_COLUMNS];
    System.arraycopy(values, 0, fields, 0, values.length);
    return RowFactory.create(fields);
  }

  /** A row that could not be read; {@code values} holds what could, such as its key. */
  static Row rejected(byte[][] values, RejectionReason reason, String recordHash) {
    Object[] fields = new Object[values.length + REJECTION_COLUMNS];
    System.arraycopy(values, 0, fields, 0, values.length);
    fields[values.length] = reason.name();
    fields[values.length + 1] = recordHash;
    return RowFactory.create(fields);
  }
}
