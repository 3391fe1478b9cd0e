package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.SourceDescription;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Writes prepared data: splits and rejections into a staging folder, each read back to see what was
 * really written, then the manifest and the rename that makes it visible.
 */
public final class PreparedWriter implements AutoCloseable {
  static final StructType REJECTION_SCHEMA =
      new StructType()
          .add("row_id", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType, false)
          .add("split", DataTypes.StringType, true);

  static final String REJECTIONS = "rejections";

  private final SparkSession spark;
  private final StagedFolder folder;
  private final ExampleKind kind;
  private final List<String> labels;
  private final List<String> tasks;
  private final int maximumTokens;
  private final Map<Split, SplitManifest> splits = new EnumMap<>(Split.class);
  private List<PreparedFile> rejections = List.of();

  /**
   * Starts writing data that will appear at {@code directory}.
   *
   * @param kind what the examples are
   * @param labels labels in class order; empty where examples have none
   * @param tasks names of the tasks in the order of their numbers; empty where rows have none
   */
  public PreparedWriter(
      SparkSession spark,
      String directory,
      ExampleKind kind,
      List<String> labels,
      List<String> tasks,
      int maximumTokens) {
    this.spark = spark;
    this.kind = kind;
    this.labels = List.copyOf(labels);
    this.tasks = List.copyOf(tasks);
    this.maximumTokens = maximumTokens;
    this.folder = StagedFolder.beside(directory, spark.sparkContext().hadoopConfiguration());
  }

  /**
   * Writes a split's rows, of the schema of the examples' kind but without pictures, and returns
   * what they hold.
   */
  public SplitManifest write(Split split, JavaRDD<Row> examples) {
    // Files without pictures are as they were before there were any.
    Dataset<Row> rows = spark.createDataFrame(examples, kind.schema()).drop(PictureColumn.NAME);
    return written(split, rows);
  }

  /** Writes a split's rows with their pictures, and returns what they hold. */
  public SplitManifest writePictured(Split split, JavaRDD<Row> examples) {
    return written(split, spark.createDataFrame(examples, kind.schema()));
  }

  private SplitManifest written(Split split, Dataset<Row> rows) {
    List<PreparedFile> files = files(split.folder(), rows);
    SplitContent content =
        SplitContent.of(
            PreparedFiles.read(spark, folder.root(), files, kind.schema()),
            kind,
            folder.path(split.folder()));
    SplitManifest manifest = content.manifest(labels.size(), tasks.size(), maximumTokens, files);
    splits.put(split, manifest);
    return manifest;
  }

  /** The rows of the side table for rows rejected before the split. */
  public static JavaRDD<Row> unplaced(JavaRDD<Rejection> rejected) {
    return rejected.map(row -> RowFactory.create(row.rowId(), row.reason().name(), null));
  }

  /** The rows of the side table for rows rejected from a split. */
  public static JavaRDD<Row> placed(JavaRDD<Rejection> rejected, Split split) {
    String name = split.folder();
    return rejected.map(row -> RowFactory.create(row.rowId(), row.reason().name(), name));
  }

  /** Writes the side table, from the rows of {@link #unplaced} and {@link #placed}. */
  public void writeRejections(JavaRDD<Row> rows) {
    rejections = files(REJECTIONS, spark.createDataFrame(rows, REJECTION_SCHEMA));
  }

  /** Makes all that was written visible as prepared data; both splits must have been written. */
  public PreparedData commit(Origin origin, Funnel funnel) {
    SplitManifest train = splits.get(Split.TRAIN);
    SplitManifest test = splits.get(Split.TEST);
    DataManifest manifest =
        new DataManifest(
            DataManifest.FORMAT,
            DataManifest.VERSION,
            kind,
            origin.freshness(),
            DataManifest.contentSha256(labels, tasks, train.contentSha256(), test.contentSha256()),
            origin.baseSha256(),
            origin.tokenizerSha256(),
            maximumTokens,
            origin.sources(),
            origin.settings(),
            labels,
            tasks,
            train,
            test,
            funnel,
            rejections);
    return new PreparedData(folder.commit(manifest), manifest);
  }

  /** Removes what was staged, unless it was committed. */
  @Override
  public void close() {
    folder.close();
  }

  private List<PreparedFile> files(String child, Dataset<Row> rows) {
    rows.write().mode(SaveMode.Overwrite).parquet(folder.path(child));
    return PreparedFiles.written(spark, folder.root(), child);
  }

  /**
   * What the data follows from.
   *
   * @param freshness hash over all of it, or empty, see {@link DataManifest#freshness}
   * @param baseSha256 hash of the base
   * @param tokenizerSha256 hash of the tokenizer
   * @param sources what was read
   * @param settings the settings in recipe words
   */
  public record Origin(
      String freshness,
      String baseSha256,
      String tokenizerSha256,
      List<SourceDescription> sources,
      Map<String, String> settings) {}
}
