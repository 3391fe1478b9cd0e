package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/**
 * CSV and TSV files with a header line. A file is one task, since a quoted field may hold line ends
 * and a file can then not be cut blindly; very large tables belong into Parquet or JSON Lines.
 */
final class CsvRows {
  private CsvRows() {}

  static Dataset<Row> read(
      SparkSession spark,
      List<String> files,
      char delimiter,
      AskedColumns asked,
      RowLimits limits) {
    List<String> columns = asked.names();
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    for (String file : files) {
      RequiredColumns.require(
          asked.needed(), columns(file, delimiter, limits, configuration), SourceFiles.shown(file));
    }
    FileReader reader =
        new FileReader(
            new SerializableConfiguration(configuration), delimiter, List.copyOf(columns), limits);
    JavaRDD<Row> rows = tasks(spark, files).flatMap(reader::open);
    return spark.createDataFrame(rows, RawColumns.schema(columns));
  }

  /**
   * All columns of every row as texts, those of the first file's header in its order. As Spark has
   * it, a column without a name is called {@code _c} and its place, and one of several of the same
   * name has its place behind it. The files must be sound.
   *
   * @throws DataException if the files have different columns
   */
  static Dataset<Row> whole(
      SparkSession spark, List<String> files, char delimiter, RowLimits limits) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    List<String> columns = apart(columns(files.get(0), delimiter, limits, configuration));
    for (String file : files.subList(1, files.size())) {
      List<String> others = apart(columns(file, delimiter, limits, configuration));
      if (others.size() != columns.size() || !others.containsAll(columns)) {
        throw new DataException(
            "Cannot read %s and %s as one table: their columns differ; name one of them"
                .formatted(SourceFiles.shown(files.get(0)), SourceFiles.shown(file)));
      }
    }
    FileReader reader =
        new FileReader(new SerializableConfiguration(configuration), delimiter, columns, limits);
    JavaRDD<Row> rows = tasks(spark, files).flatMap(reader::open).map(CsvRows::texts);
    StructType schema = new StructType();
    for (String column : columns) {
      schema = schema.add(column, DataTypes.StringType, true);
    }
    return spark.createDataFrame(rows, schema);
  }

  /** What is wrong in the files; nothing of sound ones. */
  static List<FileSource.Damage> damages(
      SparkSession spark, List<String> files, char delimiter, RowLimits limits) {
    FileReader reader =
        new FileReader(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()),
            delimiter,
            List.of(),
            limits);
    return tasks(spark, files).flatMap(file -> reader.damage(file).stream().iterator()).collect();
  }

  /** A file is a task. */
  private static JavaRDD<String> tasks(SparkSession spark, List<String> files) {
    return JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(files, files.size());
  }

  /** The names of a header, so that no two columns have the same. */
  private static List<String> apart(List<String> names) {
    List<String> apart = new ArrayList<>();
    for (int place = 0; place < names.size(); place++) {
      String name = names.get(place);
      boolean several = names.stream().filter(name::equalsIgnoreCase).count() > 1;
      if (name.isEmpty()) {
        apart.add("_c" + place);
      } else {
        apart.add(several ? name + place : name);
      }
    }
    return apart;
  }

  private static Row texts(Row row) {
    Object[] texts = new Object[row.size() - RawColumns.REJECTION_COLUMNS];
    boolean sound = row.isNullAt(texts.length);
    for (int i = 0; sound && i < texts.length; i++) {
      if (!row.isNullAt(i)) {
        Optional<String> text = StrictUtf8.decode((byte[]) row.get(i));
        sound = text.isPresent();
        texts[i] = text.orElse(null);
      }
    }
    if (!sound) {
      throw new DataException(
          "Cannot read a record: it is damaged, and was not when its file was checked; read it when"
              + " nobody writes to it");
    }
    return RowFactory.create(texts);
  }

  /** The columns that every file has, in the order of the first one. */
  static List<String> columns(
      SparkSession spark, List<String> files, char delimiter, RowLimits limits) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    List<String> shared = new ArrayList<>(columns(files.get(0), delimiter, limits, configuration));
    for (String file : files.subList(1, files.size())) {
      shared.retainAll(columns(file, delimiter, limits, configuration));
    }
    return shared;
  }

  private static List<String> columns(
      String file, char delimiter, RowLimits limits, Configuration configuration) {
    try (CsvRecords records =
        new CsvRecords(open(file, configuration), delimiter, limits.maximumRecordBytes())) {
      return header(records, file);
    } catch (IOException failure) {
      throw SourceFiles.unreadable(file, failure);
    }
  }

  private static List<String> header(CsvRecords records, String file) throws IOException {
    CsvRecord record = records.next();
    if (record == null) {
      throw new DataException(
          "Cannot read "
              + SourceFiles.shown(file)
              + ": the file is empty, it needs a first line with the names of its columns");
    }
    List<String> names = new ArrayList<>();
    for (byte[] name : record.fields()) {
      names.add(name == null ? "" : StrictUtf8.decode(name).orElse(""));
    }
    return names;
  }

  private static InputStream open(String file, Configuration configuration) throws IOException {
    Path path = new Path(file);
    InputStream stream = path.getFileSystem(configuration).open(path);
    CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(path);
    return codec == null ? stream : codec.createInputStream(stream);
  }

  /** Reads a file on an executor. */
  private static final class FileReader implements Serializable {
    private static final long serialVersionUID = 1L;

    private final SerializableConfiguration configuration;
    private final char delimiter;
    private final List<String> columns;
    private final RowLimits limits;

    FileReader(
        SerializableConfiguration configuration,
        char delimiter,
        List<String> columns,
        RowLimits limits) {
      this.configuration = configuration;
      this.delimiter = delimiter;
      this.columns = columns;
      this.limits = limits;
    }

    Iterator<Row> open(String file) throws IOException {
      CsvRecords records =
          new CsvRecords(
              CsvRows.open(file, configuration.value()), delimiter, limits.maximumRecordBytes());
      TaskContext task = TaskContext.get();
      if (task != null) {
        task.addTaskCompletionListener((TaskCompletionListener) context -> closed(records, file));
      }
      List<String> names = header(records, file);
      List<String> apart = apart(names);
      int[] places =
          columns.stream()
              .mapToInt(name -> names.contains(name) ? names.indexOf(name) : apart.indexOf(name))
              .toArray();
      return new RowIterator(records, places, names.size(), file);
    }

    /** What is wrong in a file; nothing where it is sound. */
    Optional<FileSource.Damage> damage(String file) throws IOException {
      Map<RejectionReason, Long> rows = new TreeMap<>();
      long line = 0;
      RejectionReason first = null;
      try (CsvRecords records =
          new CsvRecords(
              CsvRows.open(file, configuration.value()), delimiter, limits.maximumRecordBytes())) {
        CsvRecord header = records.next();
        boolean headed = header != null && problem(header, header.fields().size()).isEmpty();
        CsvRecord record = headed ? records.next() : header;
        while (record != null) {
          Optional<RejectionReason> problem = problem(record, header.fields().size());
          if (problem.isPresent()) {
            rows.merge(problem.get(), 1L, Long::sum);
            if (first == null) {
              first = problem.get();
              line = records.line();
            }
          }
          // Behind a header that cannot be read nothing can be judged.
          record = headed ? records.next() : null;
        }
      }
      return first == null
          ? Optional.empty()
          : Optional.of(new FileSource.Damage(file, line, first, rows));
    }

    private static Optional<RejectionReason> problem(CsvRecord record, int width) {
      if (record.problem() != null) {
        return Optional.of(record.problem());
      }
      if (record.fields().size() != width) {
        return Optional.of(RejectionReason.MALFORMED_ROW);
      }
      return record.fields().stream()
              .allMatch(value -> value == null || StrictUtf8.decode(value).isPresent())
          ? Optional.empty()
          : Optional.of(RejectionReason.INVALID_UTF8);
    }

    private static void closed(CsvRecords records, String file) {
      try {
        records.close();
      } catch (IOException failure) {
        throw new UncheckedIOException("Cannot close " + SourceFiles.shown(file), failure);
      }
    }
  }

  /** The records of one file as rows. */
  private static final class RowIterator implements Iterator<Row> {
    private final CsvRecords records;
    private final int[] places;
    private final int width;
    private final String file;
    private CsvRecord ahead;

    RowIterator(CsvRecords records, int[] places, int width, String file) throws IOException {
      this.records = records;
      this.places = places;
      this.width = width;
      this.file = file;
      this.ahead = records.next();
    }

    @Override
    public boolean hasNext() {
      return ahead != null;
    }

    @Override
    public Row next() {
      if (ahead == null) {
        throw new NoSuchElementException("No record is left");
      }
      CsvRecord record = ahead;
      try {
        ahead = records.next();
      } catch (IOException failure) {
        throw new UncheckedIOException("Cannot read " + SourceFiles.shown(file), failure);
      }
      return row(record);
    }

    private Row row(CsvRecord record) {
      if (record.problem() != null) {
        return RawColumns.rejected(new byte[places.length][], record.problem(), record.hash());
      }
      if (record.fields().size() != width) {
        ContentHash hash = new ContentHash();
        record.fields().forEach(hash::add);
        return RawColumns.rejected(
            new byte[places.length][], RejectionReason.MALFORMED_ROW, hash.hex());
      }
      byte[][] values = new byte[places.length][];
      for (int i = 0; i < places.length; i++) {
        values[i] = places[i] < 0 ? null : record.fields().get(places[i]);
      }
      return RawColumns.accepted(values);
    }
  }
}
