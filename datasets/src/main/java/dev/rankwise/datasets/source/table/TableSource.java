package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.FrameRows;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.datasets.source.SourceFiles;
import dev.rankwise.datasets.source.SourceGrowth;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalog.Table;

/**
 * A table of Spark's catalogs: of files, of Hive, of Iceberg or Delta, or a view.
 *
 * <p>What of a table tells that its rows changed:
 *
 * <pre>
 * Iceberg, Delta   the snapshot or version, by its own number; rows are then read at that one
 * files, Hive      address, size and time of change of each of its files
 * a view           what it reads in the end, see {@link PlanVersion}
 * </pre>
 *
 * <p>Driver only.
 */
public final class TableSource implements RowSource {
  private final TableName table;
  private Optional<String> state = Optional.empty();

  /** The table that {@code location} names, with or without {@code VERSION AS OF}. */
  public TableSource(String location) {
    this.table = TableName.of(location);
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    Dataset<Row> rows = frame(spark);
    PlanVersion.requireWhole(rows);
    return FrameRows.read(rows, columns, "table \"" + table.name() + "\"");
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(frame(spark).columns());
  }

  /**
   * The table with its version, which is unknown where it may change unseen. Of Iceberg and Delta
   * the rows that are read from now on are those of this version.
   */
  @Override
  public SourceDescription describe(SparkSession spark) {
    Dataset<Row> now = now(spark);
    Optional<LakeTable> lake = lake(now);
    if (lake.isPresent()) {
      LakeTable kept = lake.get();
      state = asked(spark, kept).or(() -> kept.current(spark));
      String version = "%s %s".formatted(kept.kind().unit(), state.orElse("none"));
      return new SourceDescription(kept.kind().label(), table.name(), version);
    }
    requireNoVersion();
    if (!isStored(spark)) {
      return new SourceDescription(
          "table",
          table.name(),
          PlanVersion.of(now, table.name()).orElse(SourceDescription.UNKNOWN_VERSION));
    }
    String[] files = now.inputFiles();
    if (files.length == 0) {
      return new SourceDescription("table", table.name(), SourceDescription.UNKNOWN_VERSION);
    }
    PlanVersion.requireWhole(now);
    ContentHash version = new ContentHash().add(now.schema().json());
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    for (String file : List.of(files).stream().sorted().toList()) {
      version.add(SourceFiles.ofAddress(file, configuration).version());
    }
    return new SourceDescription("table", table.name(), version.hex());
  }

  @Override
  public boolean canGrow(SparkSession spark) {
    return table.version().isEmpty() && lake(now(spark)).filter(LakeTable::canGrow).isPresent();
  }

  /** What was appended to a table of Iceberg. */
  @Override
  public Optional<SourceGrowth> growth(SparkSession spark, SortedMap<String, String> before) {
    return lake(now(spark))
        .filter(LakeTable::canGrow)
        .map(it -> new LakeGrowth(it, state.or(() -> it.current(spark))).since(spark, before));
  }

  /** The table at the version that was asked for or described, or as it is now. */
  private Dataset<Row> frame(SparkSession spark) {
    Dataset<Row> now = now(spark);
    Optional<LakeTable> lake = lake(now);
    if (lake.isEmpty()) {
      requireNoVersion();
      return now;
    }
    return state.or(() -> asked(spark, lake.get())).map(it -> lake.get().at(spark, it)).orElse(now);
  }

  private Optional<LakeTable> lake(Dataset<Row> now) {
    return PlanVersion.lake(now)
        .map(kind -> new LakeTable(kind, table.name(), LakeTable.Reached.BY_NAME));
  }

  private Optional<String> asked(SparkSession spark, LakeTable lake) {
    return table.version().map(unused -> lake.state(spark, table));
  }

  private void requireNoVersion() {
    if (table.version().isPresent()) {
      throw new UserInputException(
          "Cannot read table \"%s\" VERSION AS OF %s: only tables of Iceberg and Delta keep former versions; leave it out"
              .formatted(table.name(), table.version().get()));
    }
  }

  private boolean isStored(SparkSession spark) {
    try {
      Table found = spark.catalog().getTable(table.name());
      String type = found.tableType() == null ? "" : found.tableType().toUpperCase(Locale.ROOT);
      return !found.isTemporary() && (type.equals("MANAGED") || type.equals("EXTERNAL"));
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception unknownToCatalog) {
      return false;
    }
  }

  private Dataset<Row> now(SparkSession spark) {
    try {
      return spark.table(table.name());
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      throw new DataException(
          "Cannot read table \""
              + table.name()
              + "\": Spark's catalog does not hold it or cannot read its name; check catalog,"
              + " database and name with SHOW TABLES",
          failure);
    }
  }
}
