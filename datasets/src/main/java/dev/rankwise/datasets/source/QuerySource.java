package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of a SQL query. Its version is unknown: what it reads cannot be told from outside. */
final class QuerySource implements RowSource {
  private final String query;

  QuerySource(String query) {
    this.query = query.strip().replaceFirst(";+\\s*$", "");
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    return FrameRows.read(result(spark), columns, "the query");
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(result(spark).columns());
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    return new SourceDescription("sql", query, SourceDescription.UNKNOWN_VERSION);
  }

  private Dataset<Row> result(SparkSession spark) {
    try {
      // Inside a subquery Spark accepts queries only: a recipe cannot drop or write a table. The
      // line end keeps a trailing comment from swallowing the bracket.
      return spark.sql("SELECT * FROM (\n" + query + "\n)");
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      throw new DataException(
          "Cannot run the query of sql: "
              + firstLine(failure)
              + "; it must be one SELECT over tables that this Spark knows",
          failure);
    }
  }

  private static String firstLine(Exception failure) {
    String message = String.valueOf(failure.getMessage()).strip();
    return message.lines().findFirst().orElse(failure.getClass().getSimpleName());
  }
}
