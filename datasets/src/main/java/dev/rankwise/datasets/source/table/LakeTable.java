package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.functions;

/**
 * A table that keeps its former states: of Iceberg by snapshots, of Delta by versions. Both are the
 * user's libraries, reached through Spark alone.
 *
 * @param kind whose table it is
 * @param place the name in Spark's catalogs, or the path of its folder
 * @param reached how Spark finds it
 */
record LakeTable(Kind kind, String place, Reached reached) {
  /** Under which Iceberg's tables tell Spark the snapshot that they are at. */
  private static final String CURRENT_SNAPSHOT = "current-snapshot-id";

  /** Iceberg's name of the catalog through which it reads paths. */
  private static final String PATH_CATALOG = "spark.sql.catalog.default_iceberg";

  private static final String NO_SNAPSHOT = "none";
  private static final String DELTA_FORMAT = "DeltaParquetFileFormat";
  private static final int MOST_SHOWN = 5;

  /** Whose table it is. */
  enum Kind {
    /** Apache Iceberg. */
    ICEBERG("snapshot", "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12"),
    /** Delta Lake. */
    DELTA("version", "io.delta:delta-spark_2.12");

    private final String unit;
    private final String artifact;

    Kind(String unit, String artifact) {
      this.unit = unit;
      this.artifact = artifact;
    }

    /** Its name for Spark and in manifests. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What its states are called. */
    String unit() {
      return unit;
    }
  }

  /** How Spark finds a table. */
  enum Reached {
    BY_NAME,
    BY_PATH
  }

  /** Whose table a relation of a plan is; empty for any other relation. */
  static Optional<Kind> kindOf(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation
        && relation.table().properties().containsKey(CURRENT_SNAPSHOT)) {
      return Optional.of(Kind.ICEBERG);
    }
    boolean delta =
        leaf instanceof LogicalRelation relation
            && relation.relation() instanceof HadoopFsRelation files
            && files.fileFormat().getClass().getSimpleName().contains(DELTA_FORMAT);
    return delta ? Optional.of(Kind.DELTA) : Optional.empty();
  }

  /** The table that such a relation is of, and the snapshot or version that it is at now. */
  static String stateOf(SparkSession spark, Kind kind, LogicalPlan leaf) {
    if (kind == Kind.ICEBERG) {
      Table table = ((DataSourceV2Relation) leaf).table();
      return table.name() + " " + snapshot(leaf);
    }
    HadoopFsRelation files = (HadoopFsRelation) ((LogicalRelation) leaf).relation();
    String path = files.location().rootPaths().head().toString();
    return path + " " + new LakeTable(Kind.DELTA, path, Reached.BY_PATH).states(spark).get(0);
  }

  private static String snapshot(LogicalPlan leaf) {
    return ((DataSourceV2Relation) leaf).table().properties().get(CURRENT_SNAPSHOT);
  }

  /** The snapshot or version that it is at now; empty where nothing was ever written. */
  Optional<String> current(SparkSession spark) {
    if (kind == Kind.DELTA) {
      return states(spark).stream().findFirst();
    }
    LogicalPlan leaf = table(spark).queryExecution().analyzed().collectLeaves().head();
    return Optional.of(snapshot(leaf)).filter(state -> !state.equals(NO_SNAPSHOT));
  }

  /**
   * The snapshot of a tag or a branch, which may be another tomorrow; a number stands for itself.
   *
   * @throws DataException if there is none of that name
   */
  String state(SparkSession spark, TableName asked) {
    String version = asked.version().orElseThrow();
    if (asked.isNumbered()) {
      return version;
    }
    if (kind == Kind.DELTA || reached == Reached.BY_PATH) {
      throw new UserInputException(
          "Cannot read %s at %s \"%s\": it must be a number here; name one, such as %s"
              .formatted(shown(), kind.unit(), version, some(states(spark))));
    }
    return running(
            () ->
                spark
                    .table(place + ".refs")
                    .where(functions.col("name").equalTo(version))
                    .select("snapshot_id")
                    .collectAsList())
        .stream()
        .map(row -> Long.toString(row.getLong(0)))
        .findFirst()
        .orElseThrow(() -> gone(spark, version));
  }

  /** Whether what is appended to it can be told and read alone. */
  boolean canGrow() {
    return kind == Kind.ICEBERG;
  }

  /** The table as it is now. */
  Dataset<Row> table(SparkSession spark) {
    return running(() -> byName() ? spark.table(place) : load(spark, place, Map.of()));
  }

  private Dataset<Row> load(SparkSession spark, String path, Map<String, String> options) {
    if (kind == Kind.ICEBERG && spark.conf().get(PATH_CATALOG + ".type", "").isEmpty()) {
      // Where nothing is set, Iceberg asks Hive's metastore before it reads a path, for nothing.
      spark.conf().set(PATH_CATALOG, "org.apache.iceberg.spark.SparkCatalog");
      spark.conf().set(PATH_CATALOG + ".type", "hadoop");
      spark.conf().set(PATH_CATALOG + ".warehouse", "/nowhere");
    }
    return spark.read().format(kind.label()).options(options).load(path);
  }

  /**
   * The table as it was.
   *
   * @throws DataException if that state is no longer kept
   */
  Dataset<Row> at(SparkSession spark, String state) {
    if (!states(spark).contains(state)) {
      throw gone(spark, state);
    }
    return running(
        () -> {
          if (reached == Reached.BY_NAME) {
            return spark.sql("SELECT * FROM %s VERSION AS OF %s".formatted(place, state));
          }
          String option = kind == Kind.DELTA ? "versionAsOf" : "snapshot-id";
          return load(spark, place, Map.of(option, state));
        });
  }

  /** The states that are kept, the newest first. */
  private List<String> states(SparkSession spark) {
    List<Row> rows =
        running(
            () ->
                switch (kind) {
                  case DELTA ->
                      spark
                          .sql("DESCRIBE HISTORY " + (byName() ? place : "delta." + quoted(place)))
                          .select(functions.col("version"))
                          .sort(functions.col("version").desc())
                          .collectAsList();
                  case ICEBERG ->
                      metadata(spark, "snapshots")
                          .sort(functions.col("committed_at").desc())
                          .select("snapshot_id")
                          .collectAsList();
                });
    return rows.stream().map(row -> Long.toString(row.getLong(0))).toList();
  }

  /** Snapshots that are kept, each with the one before it and what it did. */
  List<Row> snapshots(SparkSession spark) {
    return running(
        () ->
            metadata(spark, "snapshots")
                .select("snapshot_id", "parent_id", "operation")
                .collectAsList());
  }

  /** The rows that were appended after one snapshot and up to another. */
  Dataset<Row> between(SparkSession spark, String after, String upTo) {
    Map<String, String> range = Map.of("start-snapshot-id", after, "end-snapshot-id", upTo);
    return running(
        () -> byName() ? spark.read().options(range).table(place) : load(spark, place, range));
  }

  /** A table of Iceberg's about the table. */
  private Dataset<Row> metadata(SparkSession spark, String name) {
    return byName() ? spark.table(place + "." + name) : load(spark, place + "#" + name, Map.of());
  }

  private boolean byName() {
    return reached == Reached.BY_NAME;
  }

  private static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  private DataException gone(SparkSession spark, String state) {
    return new DataException(
        ("Cannot read %s at %s %s: it is not kept there, because it never was or has expired (kept are"
                + " %s); name one that is, or leave VERSION AS OF out for the newest")
            .formatted(shown(), kind.unit(), state, some(states(spark))));
  }

  private static String some(List<String> states) {
    if (states.isEmpty()) {
      return "none";
    }
    int left = states.size() - MOST_SHOWN;
    String first = String.join(", ", states.subList(0, Math.min(MOST_SHOWN, states.size())));
    return left > 0 ? "%s and %s older".formatted(first, left) : first;
  }

  private String shown() {
    return "the %s table \"%s\"".formatted(kind.label(), place);
  }

  private <T> T running(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (DataException | UserInputException ours) {
      throw ours;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      String said = SparkFailures.ofAnalysis(failure);
      if (said.contains("DATA_SOURCE_NOT_FOUND") || said.contains("ClassNotFound")) {
        throw new UserInputException(
            "Cannot read %s: this Spark does not know %s; add its library, such as --packages %s:VERSION"
                .formatted(shown(), kind.label(), kind.artifact),
            failure);
      }
      // Without Delta's part of the parser HISTORY is taken for a table.
      boolean unread = said.contains("PARSE_SYNTAX_ERROR") || said.contains("`HISTORY`");
      if (kind == Kind.DELTA && (unread || said.contains("DELTA_CONFIGURE_SPARK_SESSION"))) {
        throw new UserInputException(
            ("Cannot read %s: this Spark session is not set up for it; set"
                    + " spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension and"
                    + " spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .formatted(shown()),
            failure);
      }
      throw new DataException(
          "Cannot read %s: %s; see that it is whole and that this user may read it"
              .formatted(shown(), said),
          failure);
    }
  }
}
