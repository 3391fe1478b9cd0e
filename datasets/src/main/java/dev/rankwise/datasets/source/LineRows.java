package dev.rankwise.datasets.source;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Files of lines, each of which is a text: one column, {@value #COLUMN}. Lines reach us as bytes,
 * so that invalid UTF-8 is seen. Blank ones are no rows.
 */
final class LineRows {
  static final String COLUMN = "text";

  private LineRows() {}

  static Dataset<Row> read(
      SparkSession spark, List<String> files, AskedColumns asked, String location) {
    List<String> columns = asked.names();
    RequiredColumns.require(asked.needed(), List.of(COLUMN), location);
    int place = columns.indexOf(COLUMN);
    int count = columns.size();
    JavaRDD<Row> rows =
        lines(spark, files)
            .toJavaRDD()
            .map(
                line -> {
                  byte[][] values = new byte[count][];
                  if (place >= 0) {
                    values[place] = JsonLine.withoutMark(line);
                  }
                  return RawColumns.accepted(values);
                });
    return spark.createDataFrame(rows, RawColumns.schema(columns));
  }

  private static Dataset<byte[]> lines(SparkSession spark, List<String> files) {
    return spark
        .read()
        .text(files.toArray(String[]::new))
        .select(functions.col("value").cast(DataTypes.BinaryType))
        .as(Encoders.BINARY())
        .filter((FilterFunction<byte[]>) JsonLine::isRecord);
  }
}
