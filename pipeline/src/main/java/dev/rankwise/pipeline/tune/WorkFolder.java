package dev.rankwise.pipeline.tune;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.Identifiable;

/**
 * A fresh folder for rows that are prepared for the time of one call, where all executors reach it.
 *
 * @param setting what names its parent, for messages
 * @param path its full address
 * @param system the file system it lies on
 */
public record WorkFolder(String setting, Path path, FileSystem system) implements AutoCloseable {

  /**
   * A folder of a new name; it appears with the first file in it.
   *
   * @param master where executors run
   * @param setting what names the parent, such as an option
   * @param parent folder to make it in; empty for Java's temporary folder
   * @throws UserInputException if no folder is named although executors run in other processes
   */
  public static WorkFolder fresh(
      String master, String setting, String parent, Configuration configuration) {
    if (parent.isEmpty() && !master.matches("local(\\[.*)?")) {
      throw new UserInputException(
          ("Cannot prepare rows on %s without %s (the executors must reach them); set %s to a"
                  + " folder that the driver and all executors may write, such as"
                  + " hdfs:///tmp/rankwise")
              .formatted(master, setting, setting));
    }
    String folder =
        parent.isEmpty()
            ? java.nio.file.Path.of(System.getProperty("java.io.tmpdir")).toUri().toString()
            : parent;
    try {
      Path path = new Path(folder, Identifiable.randomUID("rankwise"));
      FileSystem system = path.getFileSystem(configuration);
      return new WorkFolder(setting, system.makeQualified(path), system);
    } catch (IOException | IllegalArgumentException e) {
      throw failed(setting, folder, e);
    }
  }

  /** Full address of {@code child} in the folder. */
  public String resolve(String child) {
    return new Path(path, child).toString();
  }

  @Override
  public void close() {
    try {
      system.delete(path, true);
    } catch (IOException e) {
      throw failed(setting, path.toString(), e);
    }
  }

  private static UserInputException failed(String setting, String folder, Exception cause) {
    return new UserInputException(
        "Cannot use %s \"%s\": %s; name a folder that the driver and all executors may write"
            .formatted(setting, folder, cause.getMessage()),
        cause);
  }
}
