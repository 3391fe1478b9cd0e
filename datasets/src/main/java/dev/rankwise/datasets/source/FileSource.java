package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.CorruptFileException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Files at a path, a folder or a pattern of any Hadoop file system. */
final class FileSource implements RowSource {
  private final String location;
  private final Optional<SourceFormat> named;

  FileSource(String location, Optional<SourceFormat> named) {
    this.location = location;
    this.named = named;
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    SourceFiles files = files(spark);
    return switch (format(files)) {
      case CSV -> CsvRows.read(spark, files.paths(), ',', columns, limits);
      case TSV -> CsvRows.read(spark, files.paths(), '\t', columns, limits);
      case JSONL -> JsonLinesRows.read(spark, files.paths(), columns, limits);
      case PARQUET -> FrameRows.read(parquet(spark, files), columns, SourceFiles.shown(location));
    };
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    SourceFiles files = files(spark);
    return switch (format(files)) {
      case CSV -> CsvRows.columns(spark, files.paths(), ',', limits);
      case TSV -> CsvRows.columns(spark, files.paths(), '\t', limits);
      case JSONL -> JsonLinesRows.columns(spark, files.paths(), limits);
      case PARQUET -> List.of(parquet(spark, files).columns());
    };
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    SourceFiles files = files(spark);
    return new SourceDescription(
        format(files).label(), SourceFiles.withoutSecrets(location), files.version());
  }

  private SourceFiles files(SparkSession spark) {
    return SourceFiles.at(location, spark.sparkContext().hadoopConfiguration());
  }

  private SourceFormat format(SourceFiles files) {
    return named.orElseGet(() -> files.format(location));
  }

  private Dataset<Row> parquet(SparkSession spark, SourceFiles files) {
    try {
      return spark.read().parquet(files.paths().toArray(String[]::new));
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark declares none of its checked exceptions to Java.
      throw new CorruptFileException(
          "Cannot read "
              + SourceFiles.shown(location)
              + " as parquet: a footer is damaged or a file is of another format; write the file"
              + " again or name its format",
          failure);
    }
  }
}
