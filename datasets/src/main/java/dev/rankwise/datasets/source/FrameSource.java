package dev.rankwise.datasets.source;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of a DataFrame that the caller holds. Its version is unknown. */
final class FrameSource implements RowSource {
  private final Dataset<Row> frame;
  private final String name;
  private final Optional<String> folder;

  FrameSource(Dataset<Row> frame, String name, Optional<String> folder) {
    this.frame = Objects.requireNonNull(frame, "frame");
    this.name = Objects.requireNonNull(name, "name");
    this.folder = Objects.requireNonNull(folder, "folder");
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    return FrameRows.read(frame, columns, "\"" + name + "\"");
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(frame.columns());
  }

  @Override
  public Optional<String> folder(SparkSession spark) {
    return folder;
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    return new SourceDescription("frame", name, SourceDescription.UNKNOWN_VERSION);
  }
}
