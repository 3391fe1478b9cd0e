package dev.rankwise.datasets.source;

import dev.rankwise.datasets.source.icons.IconSource;
import dev.rankwise.datasets.source.table.JdbcSource;
import dev.rankwise.datasets.source.table.QuerySource;
import dev.rankwise.datasets.source.table.TableName;
import dev.rankwise.datasets.source.table.TableSource;
import dev.rankwise.datasets.source.wordnet.WordNetView;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Opens the source that a recipe names.
 *
 * <table>
 *   <caption>Forms</caption>
 *   <tr><th>form</th><th>source</th></tr>
 *   <tr><td>{@code wordnet}</td><td>the packaged noun glosses of WordNet 3.1; {@link
 *     WordNetView} names further tables, such as {@code wordnet:dictionary}</td></tr>
 *   <tr><td>{@code icons:names}, {@code icons:tags}, {@code icons:flags}</td><td>packaged
 *     drawings as pictures, with what they show</td></tr>
 *   <tr><td>{@code table:catalog.db.name}</td><td>a table or view of Spark's catalogs</td></tr>
 *   <tr><td>{@code sql:SELECT …}</td><td>the rows of a query</td></tr>
 *   <tr><td>{@code jdbc:DRIVER:ADDRESS#TABLE}</td><td>a table of another database</td></tr>
 *   <tr><td>a path, {@code file:}, {@code hdfs:}, {@code s3a:} …</td><td>CSV, TSV, JSON Lines,
 *     Parquet, ORC or text files: one file, a folder or a glob pattern; or the folder of a table of
 *     Iceberg or Delta</td></tr>
 * </table>
 *
 * <p>A table of Iceberg or Delta may be followed by {@code VERSION AS OF} and a snapshot, version,
 * tag or branch.
 */
public final class RowSources {
  private static final String TABLE = "table:";
  private static final String QUERY = "sql:";
  private static final String WORDNET = "wordnet";

  private RowSources() {}

  /** The source at {@code location}, a file's format told by its extension. */
  public static RowSource at(String location) {
    return open(location, Optional.empty());
  }

  /** The files at {@code location}, in the named format whatever their extension. */
  public static RowSource at(String location, SourceFormat format) {
    return open(location, Optional.of(format));
  }

  /**
   * All columns of every row of the files at {@code location}, in their order, values as they are:
   * of CSV as texts, of JSON Lines with the types that Spark finds. The rules are those by which
   * {@link #at(String, SourceFormat)} rejects rows, but here no row is left out.
   *
   * @throws dev.rankwise.models.failure.DataException if a row cannot be kept as it is: it breaks
   *     its format, is not UTF-8, or is over the limit
   */
  public static Dataset<Row> whole(
      SparkSession spark, String location, SourceFormat format, RowLimits limits) {
    return new FileSource(location, Optional.of(format)).whole(spark, limits);
  }

  /**
   * All columns of the rows of a query, which may read and nothing else.
   *
   * @throws dev.rankwise.models.failure.DataException if it is no such query
   */
  public static Dataset<Row> whole(SparkSession spark, String query) {
    return new QuerySource(query).result(spark);
  }

  /** The rows of a DataFrame; {@code name} stands for it in messages and manifests. */
  public static RowSource of(Dataset<Row> frame, String name) {
    return new FrameSource(frame, name, Optional.empty());
  }

  /**
   * The same of rows that name pictures by paths.
   *
   * @param folder the folder in which these lie; empty for the default file system
   */
  public static RowSource of(Dataset<Row> frame, String name, String folder) {
    return new FrameSource(frame, name, Optional.of(folder).filter(it -> !it.isEmpty()));
  }

  /**
   * The files of a location with their sizes in bytes, as this process finds them: what every
   * executor must find too.
   *
   * @return none where the rows are of no file: a table, a query, or made by us
   * @throws dev.rankwise.models.failure.DataException if there are no files where some should be
   */
  public static SortedMap<String, Long> files(String location, Configuration configuration) {
    String trimmed = location.strip();
    return isOfFiles(trimmed)
        ? SourceFiles.at(TableName.of(trimmed).name(), configuration).sizes()
        : Collections.emptySortedMap();
  }

  private static boolean isOfFiles(String location) {
    String start = location.toLowerCase(Locale.ROOT);
    return !isWordNet(start)
        && !IconSource.isNamed(location)
        && !start.startsWith(TABLE)
        && !start.startsWith(QUERY)
        && !start.startsWith(JdbcSource.START);
  }

  private static boolean isWordNet(String start) {
    return start.equals(WORDNET) || start.startsWith(WORDNET + ":");
  }

  private static RowSource open(String location, Optional<SourceFormat> format) {
    String trimmed = location.strip();
    String start = trimmed.toLowerCase(Locale.ROOT);
    if (trimmed.isEmpty()) {
      throw new UserInputException(
          "Invalid data location: it is empty; name a path, table:NAME, sql:SELECT ..., wordnet or"
              + " icons:names");
    }
    boolean files = isOfFiles(trimmed);
    if (!files && format.isPresent()) {
      throw new UserInputException(
          "Invalid data format \""
              + format.get().label()
              + "\" for "
              + SourceFiles.shown(trimmed)
              + ": only files have a format; leave it out");
    }
    if (start.startsWith("hf:") || start.startsWith("jar:")) {
      throw new UserInputException(
          "Cannot read rows from "
              + SourceFiles.shown(trimmed)
              + ": data comes from a path, file:, hdfs:, s3a:, table:NAME, sql:SELECT ...,"
              + " jdbc:ADDRESS#TABLE, wordnet or icons:names; copy the files to one of these places");
    }
    if (files) {
      return new FileSource(trimmed, format);
    }
    if (IconSource.isNamed(trimmed)) {
      return IconSource.at(trimmed);
    }
    if (isWordNet(start)) {
      return new WordNetSource(view(start));
    }
    if (start.startsWith(JdbcSource.START)) {
      return JdbcSource.at(trimmed);
    }
    return start.startsWith(TABLE)
        ? new TableSource(trimmed.substring(TABLE.length()).strip())
        : new QuerySource(trimmed.substring(QUERY.length()));
  }

  private static WordNetView view(String location) {
    return WordNetView.at(location)
        .orElseThrow(
            () ->
                new UserInputException(
                    "Unknown data location "
                        + SourceFiles.shown(location)
                        + ": WordNet comes as "
                        + WordNetView.allLocations()
                        + "; name one of these"));
  }
}
