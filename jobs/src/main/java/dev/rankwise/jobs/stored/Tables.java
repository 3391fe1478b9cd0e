package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Whole tables in and out, with all their columns, by Spark's own readers and writers.
 *
 * @param spark the session
 */
record Tables(SparkSession spark) {
  private static final String TABLE = "table:";
  private static final String QUERY = "sql:";

  /**
   * The table at a location: files by their extension, {@code table:NAME}, {@code sql:SELECT …}.
   */
  Dataset<Row> read(String location) {
    try {
      if (location.startsWith(TABLE)) {
        return spark.table(location.substring(TABLE.length()));
      }
      if (location.startsWith(QUERY)) {
        return spark.sql("SELECT * FROM (" + location.substring(QUERY.length()) + ")");
      }
      return files(location);
    } catch (Exception e) {
      // Spark's exception is checked, and thrown by methods that do not declare it.
      if (e instanceof AnalysisException) {
        throw new DataException(
            "Cannot read %s: %s; name a table, query or file that is there"
                .formatted(location, firstLine(e)),
            e);
      }
      throw e;
    }
  }

  private Dataset<Row> files(String location) {
    SourceFormat format = format(location);
    DataFrameReader reader = spark.read();
    return switch (format) {
      case CSV, TSV ->
          // Nothing between separators is null; nothing between quotes is a text.
          reader
              .options(quoted(format))
              .option("multiLine", "true")
              .option("nullValue", "\u0000")
              .csv(location);
      case JSONL -> reader.json(location);
      case PARQUET -> reader.parquet(location);
    };
  }

  /**
   * Refuses a place that is taken: nothing is ever overwritten.
   *
   * @throws UserInputException if something lies there
   */
  void requireFree(String location) {
    if (location.startsWith(TABLE)) {
      requireFree(location, spark.catalog().tableExists(location.substring(TABLE.length())));
      return;
    }
    String format = format(location).label();
    try {
      Path path = new Path(location);
      boolean taken = path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path);
      requireFree(location, taken);
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot look at %s as %s: %s; name another place"
              .formatted(location, format, e.getMessage()),
          e);
    }
  }

  private static void requireFree(String location, boolean taken) {
    if (taken) {
      throw new UserInputException(
          "Cannot write %s: something lies there already; name a place that is free"
              .formatted(location));
    }
  }

  /**
   * Refuses columns that the format of a location has no place for.
   *
   * @throws UserInputException if a list, map or structure would go into CSV
   */
  void requireWritable(StructType schema, String location) {
    if (location.startsWith(TABLE)
        || !List.of(SourceFormat.CSV, SourceFormat.TSV).contains(format(location))) {
      return;
    }
    for (StructField field : schema.fields()) {
      DataType type = field.dataType();
      if (type instanceof ArrayType || type instanceof MapType || type instanceof StructType) {
        throw new UserInputException(
            "Cannot write column \"%s\" to %s: its type is %s, and a text file holds single values;"
                    .formatted(field.name(), location, type.simpleString())
                + " write to .jsonl or .parquet");
      }
    }
  }

  /** Writes a table: as files by the extension, or as {@code table:NAME}. */
  void write(Dataset<Row> rows, String location) {
    if (location.startsWith(TABLE)) {
      rows.write().saveAsTable(location.substring(TABLE.length()));
      return;
    }
    SourceFormat format = format(location);
    switch (format) {
      case CSV, TSV -> rows.write().options(quoted(format)).csv(location);
      case JSONL -> rows.write().option("ignoreNullFields", "false").json(location);
      case PARQUET -> rows.write().parquet(location);
    }
  }

  /** Values as they are: Spark would trim them as it writes. */
  private static Map<String, String> quoted(SourceFormat format) {
    return Map.of(
        "header", "true",
        "escape", "\"",
        "ignoreLeadingWhiteSpace", "false",
        "ignoreTrailingWhiteSpace", "false",
        "sep", format == SourceFormat.TSV ? "\t" : ",");
  }

  private static SourceFormat format(String location) {
    return SourceFormat.ofFileName(location)
        .orElseThrow(
            () ->
                new UserInputException(
                    ("Nothing says the format of %s: a name must end in .csv, .tsv, .jsonl or"
                            + " .parquet; or name table:NAME")
                        .formatted(location)));
  }

  private static String firstLine(Exception failure) {
    return failure.getMessage().lines().findFirst().orElse("");
  }
}
