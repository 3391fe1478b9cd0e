package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Tokenised examples or sequences in a folder, checked against their manifest.
 *
 * <pre>
 * manifest.json   counts, hashes, labels, funnel ({@link DataManifest})
 * train/          Parquet with the columns of {@link ExampleRows} or {@link SequenceRows}
 * test/           the same, held out
 * rejections/     Parquet: row_id, reason, split (null where a row was rejected before the split)
 * </pre>
 *
 * <p>Lives on the driver. Only files that the manifest lists are ever read.
 *
 * @param directory full address of the folder
 * @param manifest its manifest
 */
public record PreparedData(String directory, DataManifest manifest) {
  public PreparedData {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(manifest, "manifest");
  }

  /**
   * Opens the folder and compares every file's size and hash with the manifest.
   *
   * @throws DataException when there is no prepared data
   * @throws CorruptFileException when manifest or files are not as they were written
   */
  public static PreparedData open(SparkSession spark, String directory) {
    PreparedData data = card(spark, directory);
    List<PreparedFile> files = new ArrayList<>(data.manifest.train().files());
    files.addAll(data.manifest.test().files());
    files.addAll(data.manifest.rejections());
    PreparedFiles.verify(spark, data.directory, files);
    return data;
  }

  /** Whether there is a manifest at {@code directory}, of whatever state. */
  public static boolean exists(SparkSession spark, String directory) {
    Path manifest = new Path(directory, ManifestJson.FILE);
    try {
      return manifest.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(manifest);
    } catch (IOException failure) {
      throw unreadable(manifest, failure);
    }
  }

  /** Opens the folder by its manifest alone; the files are not looked at. */
  public static PreparedData card(SparkSession spark, String directory) {
    Path manifest = new Path(directory, ManifestJson.FILE);
    try {
      FileSystem system = manifest.getFileSystem(spark.sparkContext().hadoopConfiguration());
      Path qualified = system.makeQualified(manifest);
      try (InputStream in = system.open(qualified)) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return new PreparedData(
            qualified.getParent().toString(), ManifestJson.read(text, manifest.toString()));
      }
    } catch (FileNotFoundException missing) {
      throw new DataException(
          "Cannot open prepared data \""
              + directory
              + "\": it holds no "
              + ManifestJson.FILE
              + "; prepare the data first, or name the folder that holds it",
          missing);
    } catch (IOException failure) {
      throw unreadable(manifest, failure);
    }
  }

  /** The rows of a split with the schema of the manifest's kind, in no particular order. */
  public Dataset<Row> rows(SparkSession spark, Split split) {
    return PreparedFiles.read(
        spark, directory, manifest.split(split).files(), manifest.kind().schema());
  }

  /** The labelled examples of a split, in no particular order: each knows its position. */
  public JavaRDD<Example> examples(SparkSession spark, Split split) {
    require(ExampleKind.LABELLED);
    return rows(spark, split).toJavaRDD().map(ExampleRows::example);
  }

  /** The sequences of a split, in no particular order: each knows its position. */
  public JavaRDD<Sequence> sequences(SparkSession spark, Split split) {
    require(ExampleKind.SEQUENCES);
    return rows(spark, split).toJavaRDD().map(SequenceRows::sequence);
  }

  /**
   * Tokens and targets of a split's examples by position. Reads the split once and compares its
   * content with the manifest's hash.
   */
  public ExampleSizes sizes(SparkSession spark, Split split) {
    String location = directory + "/" + split.folder();
    SplitContent content = SplitContent.of(rows(spark, split), manifest.kind(), location);
    if (!content.sha256().equals(manifest.split(split).contentSha256())) {
      throw new CorruptFileException(
          "Cannot use \""
              + location
              + "\": its examples are not those that the manifest describes; delete the folder and"
              + " prepare the data again");
    }
    return content.sizes();
  }

  /**
   * Ids of the rows that some of a split's examples are made of, each once, in the order of the
   * examples.
   *
   * @param positions which examples
   */
  public List<String> rowIds(SparkSession spark, Split split, List<Integer> positions) {
    if (positions.isEmpty()) {
      return List.of();
    }
    Dataset<Row> rows = rows(spark, split);
    List<Row> found =
        rows.filter(rows.col("position").isin(positions.toArray()))
            .orderBy("position")
            .collectAsList();
    Stream<String> ids =
        switch (manifest.kind()) {
          case LABELLED -> found.stream().map(row -> ExampleRows.example(row).rowId());
          case SEQUENCES ->
              found.stream().flatMap(row -> SequenceRows.sequence(row).rowIds().stream());
        };
    return ids.distinct().toList();
  }

  /** The first {@code count} labelled examples of a split by position. */
  public List<Example> preview(SparkSession spark, Split split, int count) {
    require(ExampleKind.LABELLED);
    return first(spark, split, count).stream().map(ExampleRows::example).toList();
  }

  /** The first {@code count} sequences of a split by position, of each task in turn. */
  public List<Sequence> previewSequences(SparkSession spark, Split split, int count) {
    require(ExampleKind.SEQUENCES);
    List<Integer> wanted = manifest.split(split).firstOfEachTask(count);
    if (wanted.isEmpty()) {
      return first(spark, split, count).stream().map(SequenceRows::sequence).toList();
    }
    Dataset<Row> rows = rows(spark, split);
    return rows.filter(rows.col("position").isin(wanted.toArray())).collectAsList().stream()
        .map(SequenceRows::sequence)
        .sorted(Comparator.comparing(sequence -> wanted.indexOf(sequence.position())))
        .toList();
  }

  private List<Row> first(SparkSession spark, Split split, int count) {
    Dataset<Row> rows = rows(spark, split);
    return rows.filter(rows.col("position").lt(count)).orderBy("position").collectAsList();
  }

  private void require(ExampleKind kind) {
    if (manifest.kind() != kind) {
      throw new DataException(
          "Cannot use prepared data \"%s\": they hold %s, and %s are needed; prepare the rows anew"
              .formatted(directory, manifest.kind().words(), kind.words()));
    }
  }

  /** The side table of rejected rows: {@code row_id, reason, split}. */
  public Dataset<Row> rejections(SparkSession spark) {
    return PreparedFiles.read(
        spark, directory, manifest.rejections(), PreparedWriter.REJECTION_SCHEMA);
  }

  private static CorruptFileException unreadable(Path manifest, IOException failure) {
    return new CorruptFileException(
        "Cannot read \"" + manifest + "\": " + failure.getMessage() + "; prepare the data again",
        failure);
  }
}
