package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

  @Override
  public Optional<String> folder(SparkSession spark) {
    return Optional.of(SourceFiles.folder(location, spark.sparkContext().hadoopConfiguration()));
  }

  /**
   * All columns of every row, in the order of the file: of CSV as texts, of JSON Lines with the
   * types that Spark finds.
   *
   * @throws DataException if a row cannot be kept as it is, or a folder's name holds a column
   */
  Dataset<Row> whole(SparkSession spark, RowLimits limits) {
    SourceFiles files = files(spark);
    SourceFormat format = format(files);
    if (format != SourceFormat.PARQUET) {
      files.folderWithColumn().ifPresent(this::refuseFolder);
    }
    List<String> paths = files.paths();
    return switch (format) {
      case CSV -> csv(spark, paths, ',', limits);
      case TSV -> csv(spark, paths, '\t', limits);
      case JSONL -> {
        requireSound(JsonLinesRows.damages(spark, paths, limits));
        yield JsonLinesRows.whole(spark, paths);
      }
      case PARQUET -> parquet(spark, files);
    };
  }

  private static Dataset<Row> csv(
      SparkSession spark, List<String> paths, char delimiter, RowLimits limits) {
    requireSound(CsvRows.damages(spark, paths, delimiter, limits));
    return CsvRows.whole(spark, paths, delimiter, limits);
  }

  private void refuseFolder(String folder) {
    throw new DataException(
        "Cannot read %s as one table: the name of its folder \"%s\" holds a column, which text files"
                .formatted(SourceFiles.shown(location), folder)
            + " are read without; name the files by a pattern, or write them as Parquet");
  }

  private static void requireSound(List<Damage> damages) {
    if (damages.isEmpty()) {
      return;
    }
    Damage first = damages.get(0);
    Map<RejectionReason, Long> rows = new TreeMap<>();
    for (Damage damage : damages) {
      damage.rows().forEach((reason, count) -> rows.merge(reason, count, Long::sum));
    }
    String counts =
        rows.entrySet().stream()
            .map(entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), entry.getKey()))
            .collect(Collectors.joining(", "));
    throw new DataException(
        String.format(
            Locale.ROOT,
            "Cannot read %s: on line %,d %s; such rows (%s) can be neither kept as they are nor left"
                + " out of a table, so mend them or take them out, and save the file as UTF-8",
            SourceFiles.shown(first.file()),
            first.line(),
            first.reason().description(),
            counts));
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
      SparkFailures.denied(failure, "read " + SourceFiles.shown(location))
          .ifPresent(
              denied -> {
                throw denied;
              });
      throw new CorruptFileException(
          "Cannot read "
              + SourceFiles.shown(location)
              + " as parquet: a footer is damaged or a file is of another format; write the file"
              + " again or name its format",
          failure);
    }
  }

  /**
   * Rows that cannot be kept as they are.
   *
   * @param file where the first of them lies
   * @param line its line, where it begins; the first is 1
   * @param reason what is wrong with it
   * @param rows how many there are, by reason; of all files, or of this one
   */
  record Damage(String file, long line, RejectionReason reason, Map<RejectionReason, Long> rows)
      implements Serializable {}
}
