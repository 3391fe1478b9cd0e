package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.CorruptFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/** The files of prepared data: hashed by Spark tasks where they lie, and read as rows. */
final class PreparedFiles {
  private static final int MOST_TASKS = 64;
  private static final long UNREADABLE = -1;

  private PreparedFiles() {}

  /** The Parquet files in folder {@code child} of {@code root}, by name. */
  static List<PreparedFile> written(SparkSession spark, String root, String child) {
    List<String> paths = new ArrayList<>();
    try {
      Path folder = new Path(root, child);
      FileSystem system = folder.getFileSystem(spark.sparkContext().hadoopConfiguration());
      for (FileStatus file : system.listStatus(folder)) {
        if (file.isFile() && file.getPath().getName().endsWith(".parquet")) {
          paths.add(child + "/" + file.getPath().getName());
        }
      }
    } catch (IOException failure) {
      throw new CorruptFileException(
          "Cannot list \"" + root + "/" + child + "\": " + failure.getMessage(), failure);
    }
    paths.sort(Comparator.naturalOrder());
    return hashed(spark, root, paths);
  }

  /** Fails unless every file is as the manifest says. */
  static void verify(SparkSession spark, String root, List<PreparedFile> expected) {
    List<String> paths = expected.stream().map(PreparedFile::path).toList();
    List<PreparedFile> found = hashed(spark, root, paths);
    for (int i = 0; i < expected.size(); i++) {
      if (!found.get(i).equals(expected.get(i))) {
        throw new CorruptFileException(
            "Cannot use \""
                + root
                + "/"
                + expected.get(i).path()
                + "\": "
                + (found.get(i).bytes() == UNREADABLE
                    ? "it is missing or cannot be read"
                    : "its bytes are not those that the manifest lists")
                + "; delete the folder and prepare the data again");
      }
    }
  }

  /** The rows of {@code files} below {@code root}. */
  static Dataset<Row> read(
      SparkSession spark, String root, List<PreparedFile> files, StructType schema) {
    if (files.isEmpty()) {
      return spark.createDataFrame(List.of(), schema);
    }
    String[] paths =
        files.stream().map(file -> new Path(root, file.path()).toString()).toArray(String[]::new);
    return spark.read().schema(schema).parquet(paths);
  }

  private static List<PreparedFile> hashed(SparkSession spark, String root, List<String> paths) {
    if (paths.isEmpty()) {
      return List.of();
    }
    SerializableConfiguration configuration =
        new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(paths, Math.min(paths.size(), MOST_TASKS))
        .map(path -> hash(root, path, configuration.value()))
        .collect();
  }

  private static PreparedFile hash(String root, String path, Configuration configuration) {
    Path file = new Path(root, path);
    MessageDigest digest = ContentHash.sha256();
    try (InputStream in =
        new DigestInputStream(file.getFileSystem(configuration).open(file), digest)) {
      long bytes = in.transferTo(OutputStream.nullOutputStream());
      return new PreparedFile(path, bytes, HexFormat.of().formatHex(digest.digest()));
    } catch (IOException unreadable) {
      return new PreparedFile(path, UNREADABLE, "");
    }
  }
}
