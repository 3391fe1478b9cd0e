package dev.rankwise.datasets.source;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Rows from somewhere: a file, a table, a query, a packaged corpus.
 *
 * <p>A source yields the columns asked for as raw bytes in the form of {@link RawColumns}, so that
 * every kind of source is judged by the same rules afterwards. A row that cannot be read is handed
 * on with its {@link RejectionReason} instead of failing the job.
 *
 * <p>Sources live on the driver. Row order carries no meaning: what follows orders rows by key.
 */
public interface RowSource {

  /**
   * The named columns of every row, with the schema of {@link RawColumns#schema}.
   *
   * @throws dev.rankwise.models.failure.DataException when a column or the source itself is
   *     missing; the message lists the columns that are there
   */
  Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits);

  /** The named columns of every row, all needed, none nested. */
  default Dataset<Row> rows(SparkSession spark, List<String> columns, RowLimits limits) {
    return rows(spark, AskedColumns.ofTexts(columns), limits);
  }

  /**
   * The names of the columns that are there. Of JSON Lines these are the keys of the first thousand
   * lines.
   */
  List<String> columns(SparkSession spark, RowLimits limits);

  /** The folder that paths in the rows start from; nothing where the rows lie in no files. */
  default Optional<String> folder(SparkSession spark) {
    return Optional.empty();
  }

  /** Whether a row's pictures may be files that it names, which change while the row does not. */
  default boolean mayNameFiles() {
    return true;
  }

  /** Whether rows that came since some were read can be told and read alone. */
  default boolean canGrow(SparkSession spark) {
    return false;
  }

  /**
   * What came since some of it was read, so that it alone can be read.
   *
   * @param before the marks of that time; empty if nothing was read
   * @return nothing where only all of it can be read
   */
  default Optional<SourceGrowth> growth(SparkSession spark, SortedMap<String, String> before) {
    return Optional.empty();
  }

  /** How rows are cleaned on the way, in recipe words; empty where they come as they are. */
  default Map<String, String> cleaning() {
    return Map.of();
  }

  /** Lets go of what was kept for rows that were handed on and have been read. */
  default void release() {}

  /** What is read, with a version that changes when the rows may have changed. */
  SourceDescription describe(SparkSession spark);
}
