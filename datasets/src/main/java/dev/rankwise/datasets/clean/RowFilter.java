package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.UnresolvedWindowExpression;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.functions;
import scala.collection.JavaConverters;

/**
 * A condition in Spark's SQL that rows must meet, over the columns of one row as texts. Driver
 * only.
 *
 * <p>It must say the same of a row whenever and wherever it is asked, or prepared data would depend
 * on the day and on lost executors: subqueries, chance and the clock are refused, and so is what
 * calls any method of Java.
 */
@SuppressWarnings("deprecation") // Scala 2.13 has for JavaConverters what 2.12 has not.
public final class RowFilter {
  /** Lets every row through. */
  public static final RowFilter NONE = new RowFilter("", List.of());

  private static final Set<String> REFUSED =
      Set.of(
          "reflect",
          "java_method",
          "try_reflect",
          "now",
          "current_date",
          "curdate",
          "current_timestamp",
          "localtimestamp",
          "unix_timestamp",
          "current_user",
          "user");

  /** Spark's words in literals for what the clock says as they are read. */
  private static final Pattern DAY =
      Pattern.compile(
          "\\b(?:date|timestamp(?:_ntz|_ltz)?)\\s*['\"]\\s*(?:now|today|tomorrow|yesterday)\\b",
          Pattern.CASE_INSENSITIVE);

  private final String condition;
  private final List<String> columns;

  private RowFilter(String condition, List<String> columns) {
    this.condition = condition;
    this.columns = columns;
  }

  /**
   * The filter of a condition; an empty one lets every row through.
   *
   * @throws UserInputException if it is no condition over the columns of a row
   */
  public static RowFilter of(String condition) {
    if (condition.isBlank()) {
      return NONE;
    }
    Matcher day = DAY.matcher(condition);
    if (day.find()) {
      throw invalid("it says \"%s\", which is another day tomorrow".formatted(day.group()), null);
    }
    Set<String> columns = new LinkedHashSet<>();
    try {
      collect(new CatalystSqlParser().parseExpression(condition), columns);
    } catch (UserInputException refused) {
      throw refused;
    } catch (Exception unread) {
      // Spark's ParseException is checked, and undeclared to Java.
      throw invalid("it is no condition in SQL", unread);
    }
    if (columns.isEmpty()) {
      throw invalid("it names no column", null);
    }
    return new RowFilter(condition, List.copyOf(columns));
  }

  private static void collect(Expression expression, Set<String> columns) {
    if (expression instanceof SubqueryExpression) {
      throw invalid("it holds a query", null);
    }
    if (expression instanceof WindowExpression
        || expression instanceof UnresolvedWindowExpression) {
      throw invalid("it looks at other rows (OVER)", null);
    }
    if (expression instanceof UnresolvedFunction function) {
      List<String> name = JavaConverters.seqAsJavaList(function.nameParts());
      String last = name.get(name.size() - 1).toLowerCase(Locale.ROOT);
      if (REFUSED.contains(last)) {
        throw invalid(
            "it calls %s, which says another thing at another time or place".formatted(last), null);
      }
    }
    if (expression instanceof UnresolvedAttribute attribute) {
      columns.add(JavaConverters.seqAsJavaList(attribute.nameParts()).get(0));
    }
    JavaConverters.seqAsJavaList(expression.children()).forEach(it -> collect(it, columns));
  }

  private static UserInputException invalid(String what, Exception cause) {
    return new UserInputException(
        ("Invalid data.filter: %s; write a condition of Spark's SQL over the columns of one row, such"
                + " as length(text) > 20 AND source <> 'forum'")
            .formatted(what),
        cause);
  }

  /** These rows, and of them only those whose column has a value, character for character. */
  public RowFilter and(String column, String value) {
    String equal =
        "`%s` = '%s'"
            .formatted(column.replace("`", "``"), value.replace("\\", "\\\\").replace("'", "\\'"));
    return of(isNothing() ? equal : "(%s) AND %s".formatted(condition, equal));
  }

  /** The condition as it was given. */
  public String condition() {
    return condition;
  }

  /** The columns that it names. */
  List<String> columns() {
    return columns;
  }

  /** Whether it lets every row through. */
  boolean isNothing() {
    return condition.isEmpty();
  }

  /**
   * Rows with a further column that says whether each meets the condition; what cannot be told (a
   * comparison with null) is not met.
   *
   * @param rows columns of texts under their own names among others
   * @param verdict name of the new column
   */
  Dataset<Row> judged(Dataset<Row> rows, String verdict) {
    try {
      Column met = functions.coalesce(functions.expr(condition), functions.lit(false));
      Dataset<Row> judged = rows.withColumn(verdict, met);
      boolean repeatable =
          JavaConverters.seqAsJavaList(judged.queryExecution().analyzed().expressions()).stream()
              .allMatch(Expression::deterministic);
      if (!repeatable) {
        throw invalid("it calls what goes by chance", null);
      }
      return judged;
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      throw new DataException(
          "Cannot use data.filter: %s; its columns are texts, so cast what is to be a number"
              .formatted(SparkFailures.ofAnalysis(failure)),
          failure);
    }
  }
}
