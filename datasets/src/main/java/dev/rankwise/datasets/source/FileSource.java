package dev.rankwise.datasets.source;

import dev.rankwise.datasets.source.table.LakeFolder;
import dev.rankwise.datasets.source.table.TableName;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.CountText;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Files at a path, a folder or a pattern of any Hadoop file system; a folder that is a table of
 * Iceberg or Delta is read as that.
 */
final class FileSource implements RowSource {
  /** Among the marks of files, the types of their columns; no file has such an address. */
  private static final String TYPES = "types of columns";

  private final TableName table;
  private final String location;
  private final Optional<SourceFormat> named;

  /** What is read, where that was settled before; otherwise what lies there by then. */
  private final Optional<SourceFiles> settled;

  private final boolean isPart;
  private Optional<LakeFolder> lake = Optional.empty();

  FileSource(String location, Optional<SourceFormat> named) {
    this.table = TableName.of(location);
    this.location = table.name();
    this.named = named;
    this.settled = Optional.empty();
    this.isPart = false;
  }

  /** Those files of another source, and none that come later. */
  private FileSource(FileSource whole, SourceFiles settled, boolean isPart) {
    this.table = whole.table;
    this.location = whole.location;
    this.named = whole.named;
    this.settled = Optional.of(settled);
    this.isPart = isPart;
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    if (isLake(spark)) {
      return lake.orElseThrow().rows(spark, columns, limits);
    }
    SourceFiles files = files(spark);
    return switch (format(files)) {
      case CSV -> CsvRows.read(spark, files.paths(), ',', columns, limits);
      case TSV -> CsvRows.read(spark, files.paths(), '\t', columns, limits);
      case JSONL -> JsonLinesRows.read(spark, files.paths(), wanted(columns), limits);
      case PARQUET, ORC ->
          FrameRows.read(typed(spark, files), columns, SourceFiles.shown(location));
      case TEXT -> LineRows.read(spark, files.paths(), columns, SourceFiles.shown(location));
    };
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    if (isLake(spark)) {
      return lake.orElseThrow().columns(spark, limits);
    }
    SourceFiles files = files(spark);
    return switch (format(files)) {
      case CSV -> CsvRows.columns(spark, files.paths(), ',', limits);
      case TSV -> CsvRows.columns(spark, files.paths(), '\t', limits);
      case JSONL -> JsonLinesRows.columns(spark, files.paths(), limits);
      case PARQUET, ORC -> List.of(typed(spark, files).columns());
      case TEXT -> List.of(LineRows.COLUMN);
    };
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    if (isLake(spark)) {
      return lake.orElseThrow().describe(spark);
    }
    SourceFiles files = files(spark);
    return new SourceDescription(
        format(files).label(), SourceFiles.withoutSecrets(location), files.version());
  }

  /**
   * Of JSON Lines a column is there if any line of any file has it, which some of the files alone
   * cannot tell.
   */
  private AskedColumns wanted(AskedColumns columns) {
    return isPart ? new AskedColumns(List.of(), columns.names(), columns.nested()) : columns;
  }

  @Override
  public boolean canGrow(SparkSession spark) {
    return !isLake(spark) || lake.orElseThrow().canGrow(spark);
  }

  /**
   * The files that are new. Files that are not as they were when they were read, or whose columns
   * have other types than those before, make all count as new.
   */
  @Override
  public Optional<SourceGrowth> growth(SparkSession spark, SortedMap<String, String> before) {
    if (isLake(spark)) {
      return lake.orElseThrow().growth(spark, before);
    }
    SourceFiles all = files(spark);
    SortedMap<String, String> files = all.marks();
    Set<String> fresh = new TreeSet<>(files.keySet());
    fresh.removeAll(before.keySet());
    SortedMap<String, String> marks = new TreeMap<>(files);
    Optional<String> anew = before.isEmpty() ? Optional.empty() : changed(before, files);
    SourceFiles taken = anew.isPresent() || before.isEmpty() ? all : all.only(fresh);
    if (fresh.isEmpty() && anew.isEmpty()) {
      return Optional.of(
          new SourceGrowth(before, Optional.empty(), Optional.empty(), "no new file"));
    }
    if (isTyped(format(all))) {
      String types = typed(spark, taken).schema().toDDL();
      if (taken != all && !types.equals(before.get(TYPES))) {
        anew = Optional.of("the new files have other columns, or columns of other types");
        taken = all;
        types = typed(spark, all).schema().toDDL();
      }
      marks.put(TYPES, types);
    }
    RowSource added = new FileSource(this, taken, taken != all);
    String words = CountText.of(taken.paths().size(), taken == all ? "file" : "new file");
    return Optional.of(new SourceGrowth(marks, Optional.of(added), anew, words));
  }

  private static Optional<String> changed(
      SortedMap<String, String> before, SortedMap<String, String> now) {
    long files = before.keySet().stream().filter(name -> !name.equals(TYPES)).count();
    long as =
        before.entrySet().stream()
            .filter(mark -> mark.getValue().equals(now.get(mark.getKey())))
            .count();
    return as == files
        ? Optional.empty()
        : Optional.of(
            "%s that had been read changed or went".formatted(CountText.of(files - as, "file")));
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
    if (!isTyped(format)) {
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
      case PARQUET, ORC -> typed(spark, files);
      case TEXT ->
          throw new UserInputException(
              "Cannot read %s as a table: lines of text have one column; use csv, tsv, jsonl, parquet or orc"
                  .formatted(SourceFiles.shown(location)));
    };
  }

  /** Whether the location is the folder of a table that keeps its former states. */
  private boolean isLake(SparkSession spark) {
    if (lake.isEmpty()) {
      lake = LakeFolder.at(table, spark.sparkContext().hadoopConfiguration());
    }
    if (lake.isPresent() && named.isPresent()) {
      throw new UserInputException(
          ("Cannot read %s as %s: it is a table of %s, whose files also hold rows that were deleted or"
                  + " replaced; leave the format out")
              .formatted(SourceFiles.shown(location), named.get().label(), lake.get().label()));
    }
    if (lake.isEmpty() && table.version().isPresent()) {
      throw new UserInputException(
          ("Cannot read %s VERSION AS OF %s: no table of Iceberg or Delta lies there, and only these keep"
                  + " former versions; leave it out")
              .formatted(SourceFiles.shown(location), table.version().get()));
    }
    return lake.isPresent();
  }

  private static boolean isTyped(SourceFormat format) {
    return format == SourceFormat.PARQUET || format == SourceFormat.ORC;
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
    if (settled.isPresent()) {
      return settled.get();
    }
    return SourceFiles.at(location, spark.sparkContext().hadoopConfiguration());
  }

  private SourceFormat format(SourceFiles files) {
    return named.orElseGet(() -> files.format(location));
  }

  /** Files that say the types of their columns. */
  private Dataset<Row> typed(SparkSession spark, SourceFiles files) {
    String format = format(files).label();
    try {
      return spark.read().format(format).load(files.paths().toArray(String[]::new));
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
              + " as "
              + format
              + ": a footer is damaged or a file is of another format; write the file"
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
