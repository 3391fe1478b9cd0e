package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.Identifiable;

/**
 * A fresh folder for what is needed while an estimator fits, and no longer.
 *
 * @param path its full address
 * @param system the file system it lies on
 */
record WorkFolder(Path path, FileSystem system) implements AutoCloseable {

  /**
   * A folder of a new name; it appears with the first file in it.
   *
   * @param master where executors run
   * @param parent folder to make it in; empty for Java's temporary folder
   * @throws UserInputException if no folder is named although executors run in other processes
   */
  static WorkFolder fresh(String master, String parent, Configuration configuration) {
    if (parent.isEmpty() && !master.matches("local(\\[.*)?")) {
      throw new UserInputException(
          ("Cannot fit on %s without a workDirectory (the executors must reach the prepared rows);"
                  + " set workDirectory to a folder that the driver and all executors may write,"
                  + " such as hdfs:///tmp/rankwise")
              .formatted(master));
    }
    String folder =
        parent.isEmpty()
            ? java.nio.file.Path.of(System.getProperty("java.io.tmpdir")).toUri().toString()
            : parent;
    try {
      Path path = new Path(folder, Identifiable.randomUID("rankwise"));
      FileSystem system = path.getFileSystem(configuration);
      return new WorkFolder(system.makeQualified(path), system);
    } catch (IOException | IllegalArgumentException e) {
      throw failed(folder, e);
    }
  }

  /** Full address of {@code child} in the folder. */
  String resolve(String child) {
    return new Path(path, child).toString();
  }

  @Override
  public void close() {
    try {
      system.delete(path, true);
    } catch (IOException e) {
      throw failed(path.toString(), e);
    }
  }

  private static UserInputException failed(String folder, Exception cause) {
    return new UserInputException(
        "Cannot use workDirectory \"%s\": %s; name a folder that the driver and all executors may"
                .formatted(folder, cause.getMessage())
            + " write",
        cause);
  }
}
