package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Columns of a DataFrame as raw bytes. */
public final class FrameRows {
  private static final List<DataType> AS_TEXT =
      List.of(
          DataTypes.ByteType,
          DataTypes.ShortType,
          DataTypes.IntegerType,
          DataTypes.LongType,
          DataTypes.BooleanType,
          DataTypes.DateType);

  private static final String BASE64 = "data:;base64,";

  private FrameRows() {}

  /**
   * The asked columns of a frame as raw rows.
   *
   * @param location what messages call the frame
   * @throws DataException if a column is missing or its type has no bytes
   */
  public static Dataset<Row> read(Dataset<Row> frame, AskedColumns asked, String location) {
    List<String> present = List.of(frame.columns());
    List<String> columns = asked.names();
    RequiredColumns.require(asked.needed(), present, location);
    List<Column> selected = new ArrayList<>();
    for (String column : columns) {
      Column bytes =
          present.contains(column)
              ? bytes(frame, column, asked.nested(), location)
              : functions.lit(null).cast(DataTypes.BinaryType);
      selected.add(bytes.as(column));
    }
    Column none = functions.lit(null).cast(DataTypes.StringType);
    selected.add(none.as("reason"));
    selected.add(none.as("record"));
    Dataset<Row> rows = frame.select(selected.toArray(Column[]::new));
    return rows.sparkSession().createDataFrame(rows.toJavaRDD(), RawColumns.schema(columns));
  }

  /**
   * A column as the bytes that a reader of rows finds in it; what holds others, as JSON.
   *
   * @param location what messages call the frame
   * @throws DataException if its type has no bytes
   */
  public static Column bytes(Dataset<Row> frame, String name, String location) {
    return bytes(frame, name, AskedColumns.Nested.AS_JSON, location);
  }

  private static Column bytes(
      Dataset<Row> frame, String name, AskedColumns.Nested nested, String location) {
    StructField field = frame.schema().fields()[List.of(frame.columns()).indexOf(name)];
    Column column = frame.col("`" + name.replace("`", "``") + "`");
    DataType type = field.dataType();
    if (type.equals(DataTypes.BinaryType)) {
      return column;
    }
    if (type.equals(DataTypes.StringType)) {
      return column.cast(DataTypes.BinaryType);
    }
    if (AS_TEXT.contains(type) || (type instanceof DecimalType decimal && decimal.scale() == 0)) {
      return column.cast(DataTypes.StringType).cast(DataTypes.BinaryType);
    }
    boolean holdsOthers =
        type instanceof ArrayType || type instanceof StructType || type instanceof MapType;
    if (type instanceof ArrayType list
        && list.elementType().equals(DataTypes.BinaryType)
        && nested == AskedColumns.Nested.AS_JSON) {
      // Told from a text of the same letters by what addresses of data begin with.
      Column encoded =
          functions.transform(
              column, bytes -> functions.concat(functions.lit(BASE64), functions.base64(bytes)));
      return functions.to_json(encoded).cast(DataTypes.BinaryType);
    }
    if (holdsOthers && nested == AskedColumns.Nested.AS_JSON) {
      return functions.to_json(column).cast(DataTypes.BinaryType);
    }
    throw new DataException(
        "Cannot use column \""
            + name
            + "\" of "
            + location
            + ": its type is "
            + type.simpleString()
            + ", a text, label or key column holds strings, whole numbers, booleans or dates; name"
            + " another column or cast it with sql:SELECT ...");
  }
}
