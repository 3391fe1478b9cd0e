package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.SourceFiles;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.HiveTableRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Option;
import scala.collection.JavaConverters;

/**
 * Tells whether the rows of a query or a view may have changed, by what it reads in the end.
 *
 * <p>If all that is read are files, and tables of Iceberg or Delta, the rows follow from these and
 * from the query. Its version is then a hash of the query, of Spark's settings that change what
 * values mean, and of each file's address, size and time of change, or each table's snapshot. What
 * else gives no sign of change makes the version unknown: a database, rows of the session, a
 * function of the user's, the clock, chance.
 */
@SuppressWarnings("deprecation") // Scala 2.13 has for JavaConverters what 2.12 has not.
final class PlanVersion {
  /** Settings of Spark by which the same files give other values. */
  private static final List<String> SETTINGS =
      List.of("spark.sql.session.timeZone", "spark.sql.ansi.enabled", "spark.sql.caseSensitive");

  /** Spark's words in literals for what the clock says as they are read. */
  private static final Pattern DAY =
      Pattern.compile("\\b(?:now|today|tomorrow|yesterday)\\b", Pattern.CASE_INSENSITIVE);

  private final SparkSession spark;
  private final List<LogicalPlan> leaves = new ArrayList<>();
  private final List<String> views = new ArrayList<>();
  private boolean repeatable = true;

  private PlanVersion(Dataset<Row> rows) {
    spark = rows.sparkSession();
    visit(rows.queryExecution().analyzed());
  }

  /**
   * The version of rows; empty where they may change unseen.
   *
   * @param words the query, or the name of the view
   * @throws dev.rankwise.models.failure.DataException if another job is writing a folder of it
   */
  static Optional<String> of(Dataset<Row> rows, String words) {
    PlanVersion plan = new PlanVersion(rows);
    if (!plan.repeatable || DAY.matcher(words).find()) {
      return Optional.empty();
    }
    ContentHash hash = new ContentHash().add(words).add(rows.schema().json());
    plan.views.forEach(hash::add);
    SETTINGS.forEach(name -> hash.add(plan.spark.conf().get(name)));
    boolean read = false;
    for (LogicalPlan leaf : plan.leaves) {
      if (isConstant(leaf)) {
        continue;
      }
      Optional<String> version = plan.versionOf(leaf);
      if (version.isEmpty()) {
        return Optional.empty();
      }
      hash.add(version.get());
      read = true;
    }
    return read ? Optional.of(hash.hex()) : Optional.empty();
  }

  /** Fails where a folder of a table that is read holds what another job has not finished. */
  static void requireWhole(Dataset<Row> rows) {
    PlanVersion plan = new PlanVersion(rows);
    for (LogicalPlan leaf : plan.leaves) {
      if (LakeTable.kindOf(leaf).isEmpty()) {
        plan.folders(leaf).forEach(it -> SourceFiles.requireWhole(it, plan.configuration()));
      }
    }
  }

  /** Whose table the rows are, if they are those of one and nothing else. */
  static Optional<LakeTable.Kind> lake(Dataset<Row> rows) {
    List<LogicalPlan> leaves = new PlanVersion(rows).leaves;
    return leaves.size() == 1 ? LakeTable.kindOf(leaves.get(0)) : Optional.empty();
  }

  private void visit(LogicalPlan plan) {
    repeatable &= !plan.containsPattern(TreePattern.CURRENT_LIKE());
    JavaConverters.seqAsJavaList(plan.expressions()).forEach(this::visit);
    List<LogicalPlan> children = JavaConverters.seqAsJavaList(plan.children());
    children.forEach(this::visit);
    JavaConverters.seqAsJavaList(plan.subqueries()).forEach(this::visit);
    if (children.isEmpty()) {
      leaves.add(plan);
    }
    if (plan instanceof View view) {
      // A view may come to mean another query under the same name.
      Option<String> text = view.desc().viewText();
      repeatable &= text.isDefined();
      views.add(text.isDefined() ? text.get() : "");
    }
  }

  private void visit(Expression expression) {
    repeatable &= expression.deterministic() && !(expression instanceof UserDefinedExpression);
    JavaConverters.seqAsJavaList(expression.children()).forEach(this::visit);
  }

  private static boolean isConstant(LogicalPlan leaf) {
    return leaf instanceof OneRowRelation
        || leaf instanceof Range
        || leaf instanceof CTERelationRef;
  }

  private Optional<String> versionOf(LogicalPlan leaf) {
    Optional<LakeTable.Kind> kind = LakeTable.kindOf(leaf);
    if (kind.isPresent()) {
      return Optional.of(LakeTable.stateOf(spark, kind.get(), leaf));
    }
    List<String> folders = folders(leaf);
    if (folders.isEmpty()) {
      return Optional.empty();
    }
    folders.forEach(it -> SourceFiles.requireWhole(it, configuration()));
    ContentHash hash = new ContentHash();
    for (String file : files(leaf)) {
      hash.add(SourceFiles.ofAddress(file, configuration()).version());
    }
    return Optional.of(hash.hex());
  }

  /** The folders of a relation of files; none of any other. */
  private List<String> folders(LogicalPlan leaf) {
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      return JavaConverters.seqAsJavaList(files.location().rootPaths()).stream()
          .map(Path::toString)
          .toList();
    }
    if (leaf instanceof HiveTableRelation hive) {
      URI location = hive.tableMeta().location();
      return List.of(location.toString());
    }
    return List.of();
  }

  private List<String> files(LogicalPlan leaf) {
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      return Arrays.stream(files.location().inputFiles()).sorted().toList();
    }
    return folders(leaf);
  }

  private Configuration configuration() {
    return spark.sparkContext().hadoopConfiguration();
  }
}
