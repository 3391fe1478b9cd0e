package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Whole tables in and out, with all their columns. Text files are read by the rules of training
 * rows, all else by Spark's own readers; a row that cannot be kept as it is fails the table.
 *
 * @param spark the session
 */
record Tables(SparkSession spark) {
  private static final String TABLE = "table:";
  private static final String QUERY = "sql:";

  /** Spark's name of the error that files lie where a table would have its own. */
  private static final String TAKEN = "LOCATION_ALREADY_EXISTS";

  /** Columns that are only handed through may be longer than a text to train on. */
  private static final RowLimits ANY_TEXT = new RowLimits(100_000_000);

  /**
   * The table at a location: files by their extension, {@code table:NAME}, {@code sql:SELECT …}.
   */
  Dataset<Row> read(String location) {
    try {
      if (location.startsWith(TABLE)) {
        return spark.table(location.substring(TABLE.length()));
      }
      if (location.startsWith(QUERY)) {
        return RowSources.whole(spark, location.substring(QUERY.length()));
      }
      return files(location);
    } catch (Exception e) {
      // Spark's exception is checked, and thrown by methods that do not declare it.
      if (e instanceof AnalysisException) {
        throw new DataException(
            "Cannot read %s: %s; name a table, query or file that is there"
                .formatted(location, SparkFailures.ofAnalysis(e)),
            e);
      }
      throw SparkFailures.translated(e, "read " + location);
    }
  }

  private Dataset<Row> files(String location) {
    SourceFormat format = format(location);
    return switch (format) {
      case PARQUET -> spark.read().parquet(location);
      case ORC -> spark.read().orc(location);
      default -> RowSources.whole(spark, location, format, ANY_TEXT);
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
    boolean taken;
    try {
      Path path = new Path(location);
      taken = path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path);
    } catch (IOException | RuntimeException e) {
      // Hadoop throws what it throws for misuse where an address is none, or its library is
      // missing.
      throw new UserInputException(
          "Cannot look at %s as %s: %s; name another place"
              .formatted(location, format, e.getMessage()),
          e);
    }
    requireFree(location, taken);
  }

  private static void requireFree(String location, boolean taken) {
    if (taken) {
      throw FreePlace.taken(location);
    }
  }

  /**
   * Refuses columns that the format of a location has no place for.
   *
   * @throws UserInputException if bytes, a list, map or structure would go into CSV
   */
  void requireWritable(StructType schema, String location) {
    if (location.startsWith(TABLE)
        || !List.of(SourceFormat.CSV, SourceFormat.TSV).contains(format(location))) {
      return;
    }
    for (StructField field : schema.fields()) {
      DataType type = field.dataType();
      if (type instanceof ArrayType
          || type instanceof MapType
          || type instanceof StructType
          || type instanceof BinaryType) {
        throw new UserInputException(
            "Cannot write column \"%s\" to %s: its type is %s, and a text file holds single %s;"
                    .formatted(
                        field.name(),
                        location,
                        type.simpleString(),
                        type instanceof BinaryType ? "texts" : "values")
                + " write to .jsonl or .parquet");
      }
    }
  }

  /**
   * Writes a table: as files by the extension, or as {@code table:NAME}. Files lie beside their
   * place until all are whole, so the place holds the whole table or nothing.
   *
   * @throws UserInputException if this user may not write there, before anything is computed
   */
  void write(Dataset<Row> rows, String location) {
    if (location.startsWith(TABLE)) {
      writeTable(rows, location);
      return;
    }
    try (StagedFiles staged = StagedFiles.beside(spark, location)) {
      writeFiles(rows, format(location), staged.files());
      staged.publish();
    }
  }

  private static void writeTable(Dataset<Row> rows, String location) {
    try {
      rows.write().saveAsTable(location.substring(TABLE.length()));
    } catch (Exception e) {
      // Spark's exceptions are checked, and thrown by methods that do not declare them.
      boolean taken =
          e instanceof SparkThrowable named && TAKEN.equals(SparkFailures.errorClassOf(named));
      if (taken || e instanceof AnalysisException) {
        throw new UserInputException(
            "Cannot write %s: %s; name another table, or files"
                .formatted(location, SparkFailures.ofAnalysis(e)),
            e);
      }
      throw e;
    }
  }

  /** What lies at a place that was written, for people: the name looks like that of a file. */
  static String kindOf(String location) {
    return location.startsWith(TABLE) ? "" : ", a folder of part files";
  }

  private static void writeFiles(Dataset<Row> rows, SourceFormat format, String location) {
    switch (format) {
      case CSV, TSV -> rows.write().options(quoted(format)).csv(location);
      case JSONL -> rows.write().option("ignoreNullFields", "false").json(location);
      case PARQUET -> rows.write().parquet(location);
      case ORC -> rows.write().orc(location);
      case TEXT -> throw new InternalException("No file's name says that it holds lines of text");
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
                    ("Nothing says the format of %s: a name must end in .csv, .tsv, .jsonl,"
                            + " .parquet or .orc; or name table:NAME")
                        .formatted(location)));
  }
}
