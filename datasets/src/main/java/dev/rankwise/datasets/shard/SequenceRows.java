package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.pack.Sequence;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Sequences as rows of Parquet.
 *
 * <table>
 *   <caption>Columns</caption>
 *   <tr><th>name</th><th>type</th><th>content</th></tr>
 *   <tr><td>position</td><td>INT</td><td>place in the split's order</td></tr>
 *   <tr><td>row_ids</td><td>ARRAY&lt;STRING&gt;</td><td>the row of each text</td></tr>
 *   <tr><td>starts</td><td>ARRAY&lt;INT&gt;</td><td>first token of each text</td></tr>
 *   <tr><td>ids</td><td>ARRAY&lt;INT&gt;</td><td>token ids of all texts</td></tr>
 *   <tr><td>trained</td><td>ARRAY&lt;BOOLEAN&gt;</td><td>whether the loss is taken on each
 *     token</td></tr>
 *   <tr><td>task</td><td>INT</td><td>the task of all its texts, counted from 0; -1 where none is
 *     said</td></tr>
 *   <tr><td>truncated</td><td>INT</td><td>how many of the texts were cut to the token limit</td></tr>
 *   <tr><td>pictures</td><td>ARRAY&lt;STRUCT&lt;first INT, colours BINARY&gt;&gt;</td><td>{@link
 *     PictureColumn}; only where rows have pictures</td></tr>
 * </table>
 */
public final class SequenceRows {
  private static final int POSITION = 0;
  private static final int ROW_IDS = 1;
  private static final int STARTS = 2;
  private static final int IDS = 3;
  private static final int TRAINED = 4;
  private static final int TASK = 5;
  private static final int TRUNCATED = 6;
  private static final int PICTURES = 7;

  private SequenceRows() {}

  /** The schema of a split's Parquet files. */
  public static StructType schema() {
    return new StructType()
        .add("position", DataTypes.IntegerType, false)
        .add("row_ids", DataTypes.createArrayType(DataTypes.StringType, false), false)
        .add("starts", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
        .add("ids", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
        .add("trained", DataTypes.createArrayType(DataTypes.BooleanType, false), false)
        .add("task", DataTypes.IntegerType, false)
        .add("truncated", DataTypes.IntegerType, false)
        .add(PictureColumn.NAME, PictureColumn.TYPE, true);
  }

  /** A row for a sequence of which {@code truncated} texts were cut. */
  public static Row row(Sequence sequence, int truncated) {
    return RowFactory.create(
        sequence.position(),
        sequence.rowIds().toArray(String[]::new),
        sequence.starts(),
        sequence.ids(),
        sequence.trained(),
        sequence.task(),
        truncated,
        PictureColumn.value(sequence.pictures()));
  }

  /** The sequence of a row with this schema. */
  public static Sequence sequence(Row row) {
    List<Boolean> listed = row.getList(TRAINED);
    boolean[] trained = new boolean[listed.size()];
    for (int token = 0; token < trained.length; token++) {
      trained[token] = listed.get(token);
    }
    return new Sequence(
        row.getInt(POSITION),
        row.getList(ROW_IDS),
        numbers(row.getList(STARTS)),
        numbers(row.getList(IDS)),
        trained,
        row.getInt(TASK),
        PictureColumn.pictures(row, PICTURES));
  }

  static int truncated(Row row) {
    return row.getInt(TRUNCATED);
  }

  private static int[] numbers(List<Integer> listed) {
    int[] numbers = new int[listed.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = listed.get(i);
    }
    return numbers;
  }
}
