package dev.rankwise.datasets.source;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * JSON Lines files. Lines reach us as bytes: Spark's text reader passes them on unchecked, so that
 * invalid UTF-8 is seen before it turns into replacement characters.
 */
final class JsonLinesRows {
  private static final int LINES_SEEN_FOR_COLUMNS = 1_000;

  private JsonLinesRows() {}

  static Dataset<Row> read(
      SparkSession spark, List<String> files, AskedColumns asked, RowLimits limits) {
    JsonLine reader = new JsonLine(asked.names(), limits, asked.nested());
    Dataset<byte[]> lines = lines(spark, files);
    requireColumns(lines, reader, asked.needed(), files);
    JavaRDD<Row> rows = lines.toJavaRDD().map(reader::row);
    return spark.createDataFrame(rows, RawColumns.schema(asked.names()));
  }

  /** The keys of the first lines. */
  static List<String> columns(SparkSession spark, List<String> files, RowLimits limits) {
    JsonLine reader = new JsonLine(List.of(), limits, AskedColumns.Nested.AS_JSON);
    Set<String> present = new TreeSet<>();
    lines(spark, files)
        .toJavaRDD()
        .map(reader::names)
        .take(LINES_SEEN_FOR_COLUMNS)
        .forEach(present::addAll);
    return List.copyOf(present);
  }

  private static Dataset<byte[]> lines(SparkSession spark, List<String> files) {
    return spark
        .read()
        .text(files.toArray(String[]::new))
        .select(functions.col("value").cast(DataTypes.BinaryType))
        .as(Encoders.BINARY())
        .filter((FilterFunction<byte[]>) JsonLine::isRecord);
  }

  private static void requireColumns(
      Dataset<byte[]> lines, JsonLine reader, List<String> columns, List<String> files) {
    // Names are taken from the lines on the executors: lines may be too long to bring here.
    JavaRDD<List<String>> names = lines.toJavaRDD().map(reader::names);
    Set<String> present = new TreeSet<>();
    names.take(LINES_SEEN_FOR_COLUMNS).forEach(present::addAll);
    if (present.isEmpty() || present.containsAll(columns)) {
      return;
    }
    // A key may first appear late in the file: only all of it can tell that it is missing.
    present.addAll(names.flatMap(List::iterator).distinct().collect());
    RequiredColumns.require(columns, present, SourceFiles.shown(files.get(0)));
  }
}
