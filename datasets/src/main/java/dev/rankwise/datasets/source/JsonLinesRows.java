package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.MapFunction;
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

  /** All columns of all lines, with the types that Spark finds in them; the lines must be sound. */
  static Dataset<Row> whole(SparkSession spark, List<String> files) {
    Dataset<String> texts =
        lines(spark, files).map((MapFunction<byte[], String>) JsonLine::text, Encoders.STRING());
    // Sound lines do not fail. A reader that permits would add a column of its own.
    return spark.read().option("mode", "FAILFAST").json(texts);
  }

  /** What is wrong in the files; nothing of sound ones. */
  static List<FileSource.Damage> damages(SparkSession spark, List<String> files, RowLimits limits) {
    JsonLine reader = new JsonLine(List.of(), limits, AskedColumns.Nested.AS_JSON);
    Map<RejectionReason, Long> rows = new TreeMap<>();
    // By name: the hash of an enum's constant differs between processes.
    lines(spark, files)
        .toJavaRDD()
        .flatMap(line -> reader.problem(line).map(RejectionReason::name).stream().iterator())
        .countByValue()
        .forEach((name, count) -> rows.put(RejectionReason.valueOf(name), count));
    if (rows.isEmpty()) {
      return List.of();
    }
    for (String file : files) {
      List<FileSource.Damage> first =
          text(spark, List.of(file))
              .toJavaRDD()
              .zipWithIndex()
              .flatMap(
                  line ->
                      reader
                          .problem(line._1())
                          .map(reason -> new FileSource.Damage(file, line._2() + 1, reason, rows))
                          .stream()
                          .iterator())
              .take(1);
      if (!first.isEmpty()) {
        return first;
      }
    }
    throw new DataException(
        "Cannot read "
            + SourceFiles.shown(files.get(0))
            + ": its lines changed while they were checked; read it when nobody writes to it");
  }

  private static Dataset<byte[]> lines(SparkSession spark, List<String> files) {
    return text(spark, files).filter((FilterFunction<byte[]>) JsonLine::isRecord);
  }

  /** Lines in the order of a file, if it is one. */
  private static Dataset<byte[]> text(SparkSession spark, List<String> files) {
    return spark
        .read()
        .text(files.toArray(String[]::new))
        .select(functions.col("value").cast(DataTypes.BinaryType))
        .as(Encoders.BINARY());
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
