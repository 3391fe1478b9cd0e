package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.FrameRows;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.models.failure.DataException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ScriptTransformation;
import scala.collection.JavaConverters;

/**
 * The rows of a SQL query. Its version follows from what it reads in the end, and is unknown where
 * that gives no sign of change; see {@link PlanVersion}.
 */
@SuppressWarnings("deprecation") // Scala 2.13 has for JavaConverters what 2.12 has not.
public final class QuerySource implements RowSource {
  private final String query;

  /** The rows of {@code query}. */
  public QuerySource(String query) {
    this.query = query.strip().replaceFirst(";+\\s*$", "");
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    Dataset<Row> result = result(spark);
    PlanVersion.requireWhole(result);
    return FrameRows.read(result, columns, "the query");
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(result(spark).columns());
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    return new SourceDescription(
        "sql",
        query,
        PlanVersion.of(result(spark), query).orElse(SourceDescription.UNKNOWN_VERSION));
  }

  /**
   * All columns of the query's rows.
   *
   * @throws DataException if it is no query that reads and does nothing else
   */
  public Dataset<Row> result(SparkSession spark) {
    try {
      // Inside a subquery Spark accepts queries only: a recipe cannot drop or write a table. The
      // line end keeps a trailing comment from swallowing the bracket.
      Dataset<Row> rows = spark.sql("SELECT * FROM (\n" + query + "\n)");
      requireReading(rows.queryExecution().analyzed());
      return rows;
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      throw new DataException(
          "Cannot run the query of sql: "
              + SparkFailures.ofAnalysis(failure)
              + "; it must be one SELECT over tables that this Spark knows",
          failure);
    }
  }

  /** A query is also a door to programs and to any Java method, in Hive's manner. */
  private static void requireReading(LogicalPlan plan) {
    if (plan instanceof ScriptTransformation) {
      throw refused("TRANSFORM, which starts a program");
    }
    JavaConverters.seqAsJavaList(plan.expressions()).forEach(QuerySource::requireReading);
    JavaConverters.seqAsJavaList(plan.subqueries()).forEach(QuerySource::requireReading);
    JavaConverters.seqAsJavaList(plan.children()).forEach(QuerySource::requireReading);
  }

  private static void requireReading(Expression expression) {
    if (expression instanceof CallMethodViaReflection) {
      throw refused("java_method or reflect, which calls any method of Java");
    }
    JavaConverters.seqAsJavaList(expression.children()).forEach(QuerySource::requireReading);
  }

  private static DataException refused(String what) {
    return new DataException(
        ("Cannot run the query of sql: it uses %s; it must be one SELECT over tables that this Spark"
                + " knows")
            .formatted(what));
  }
}
