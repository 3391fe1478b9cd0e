package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.example.Example;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Examples as rows of Parquet.
 *
 * <table>
 *   <caption>Columns</caption>
 *   <tr><th>name</th><th>type</th><th>content</th></tr>
 *   <tr><td>position</td><td>INT</td><td>place in the split's canonical order</td></tr>
 *   <tr><td>row_id</td><td>STRING</td><td>the row's stable id</td></tr>
 *   <tr><td>ids</td><td>ARRAY&lt;INT&gt;</td><td>token ids, special tokens included</td></tr>
 *   <tr><td>label</td><td>INT</td><td>class number</td></tr>
 *   <tr><td>truncated</td><td>BOOLEAN</td><td>whether the text was cut to the token
 *     limit</td></tr>
 *   <tr><td>pictures</td><td>ARRAY&lt;STRUCT&lt;first INT, colours BINARY&gt;&gt;</td><td>{@link
 *     PictureColumn}; only where rows have pictures</td></tr>
 * </table>
 */
public final class ExampleRows {
  private static final int POSITION = 0;
  private static final int ROW_ID = 1;
  private static final int IDS = 2;
  private static final int LABEL = 3;
  private static final int TRUNCATED = 4;
  private static final int PICTURES = 5;

  private ExampleRows() {}

  /** The schema of a split's Parquet files. */
  public static StructType schema() {
    return new StructType()
        .add("position", DataTypes.IntegerType, false)
        .add("row_id", DataTypes.StringType, false)
        .add("ids", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
        .add("label", DataTypes.IntegerType, false)
        .add("truncated", DataTypes.BooleanType, false)
        .add(PictureColumn.NAME, PictureColumn.TYPE, true);
  }

  /** A row for an example whose whole text fitted. */
  public static Row whole(Example example) {
    return row(example, false);
  }

  /** A row for an example whose text was cut. */
  public static Row truncated(Example example) {
    return row(example, true);
  }

  /** The example of a row with this schema. */
  public static Example example(Row row) {
    List<Integer> listed = row.getList(IDS);
    int[] ids = new int[listed.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = listed.get(i);
    }
    return new Example(
        row.getInt(POSITION),
        row.getString(ROW_ID),
        ids,
        row.getInt(LABEL),
        PictureColumn.pictures(row, PICTURES));
  }

  static boolean isTruncated(Row row) {
    return row.getBoolean(TRUNCATED);
  }

  private static Row row(Example example, boolean truncated) {
    return RowFactory.create(
        example.position(),
        example.rowId(),
        example.ids(),
        example.label(),
        truncated,
        PictureColumn.value(example.pictures()));
  }
}
