package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.FrameRows;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.datasets.source.SourceFiles;
import dev.rankwise.datasets.source.SourceGrowth;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The folder of a table of Iceberg or Delta, read as the table that it is: its files alone would
 * also give the rows that were deleted or replaced. Driver only.
 */
public final class LakeFolder implements RowSource {
  private static final String DELTA_LOG = "_delta_log";
  private static final String ICEBERG_METADATA = "metadata";
  private static final String ICEBERG_STATE = ".metadata.json";

  private final TableName named;
  private final LakeTable table;
  private Optional<String> state = Optional.empty();

  private LakeFolder(TableName named, LakeTable table) {
    this.named = named;
    this.table = table;
  }

  /**
   * The table in a folder; nothing where no such table lies there.
   *
   * @param named the folder, and the version that is meant
   */
  public static Optional<LakeFolder> at(TableName named, Configuration configuration) {
    return kind(named.name(), configuration)
        .map(kind -> new LakeTable(kind, named.name(), LakeTable.Reached.BY_PATH))
        .map(table -> new LakeFolder(named, table));
  }

  private static Optional<LakeTable.Kind> kind(String location, Configuration configuration) {
    try {
      Path folder = new Path(location);
      FileSystem system = folder.getFileSystem(configuration);
      if (system.exists(new Path(folder, DELTA_LOG))) {
        return Optional.of(LakeTable.Kind.DELTA);
      }
      Path metadata = new Path(folder, ICEBERG_METADATA);
      if (!system.exists(metadata)) {
        return Optional.empty();
      }
      for (FileStatus file : system.listStatus(metadata)) {
        if (file.getPath().getName().endsWith(ICEBERG_STATE)) {
          return Optional.of(LakeTable.Kind.ICEBERG);
        }
      }
      return Optional.empty();
    } catch (IOException | RuntimeException unreadable) {
      // What is wrong with the address is told by whoever reads files there.
      return Optional.empty();
    }
  }

  /** Whose table it is, as messages and manifests call it. */
  public String label() {
    return table.kind().label();
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    return FrameRows.read(frame(spark), columns, SourceFiles.shown(named.name()));
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(frame(spark).columns());
  }

  /** The table at its present version; rows that are read from now on are those of this one. */
  @Override
  public SourceDescription describe(SparkSession spark) {
    state = asked(spark).or(() -> table.current(spark));
    return new SourceDescription(
        label(),
        SourceFiles.withoutSecrets(named.name()),
        "%s %s".formatted(table.kind().unit(), state.orElse("none")));
  }

  @Override
  public boolean canGrow(SparkSession spark) {
    return named.version().isEmpty() && table.canGrow();
  }

  /** What was appended to a table of Iceberg. */
  @Override
  public Optional<SourceGrowth> growth(SparkSession spark, SortedMap<String, String> before) {
    return table.canGrow()
        ? Optional.of(
            new LakeGrowth(table, state.or(() -> table.current(spark))).since(spark, before))
        : Optional.empty();
  }

  private Dataset<Row> frame(SparkSession spark) {
    return state
        .or(() -> asked(spark))
        .map(it -> table.at(spark, it))
        .orElseGet(() -> table.table(spark));
  }

  private Optional<String> asked(SparkSession spark) {
    return named.version().map(unused -> table.state(spark, named));
  }
}
