package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Files that are written beside their place and come to it when they are whole. On file systems
 * that rename folders in one step (local ones, HDFS) nobody ever sees a part of them; an object
 * store copies them one by one.
 *
 * <p>The staging folder begins with a dot, so no reader of the folder around takes it for data, and
 * has a name of its own, so two commands never write into one. Close it in any case: what was not
 * published is removed.
 */
final class StagedFiles implements AutoCloseable {
  private static final String FILES = "files";

  private final FileSystem system;
  private final Path staging;
  private final Path place;

  private StagedFiles(FileSystem system, Path staging, Path place) {
    this.system = system;
    this.staging = staging;
    this.place = place;
  }

  /**
   * Makes room beside a place for what will lie there.
   *
   * @throws UserInputException if this user may not write there
   */
  static StagedFiles beside(SparkSession spark, String location) {
    Path place = new Path(location);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    try {
      FileSystem system = place.getFileSystem(hadoop);
      Path absolute = system.makeQualified(place);
      // Without the place's own name: Hadoop takes a colon in a relative one for a scheme.
      Path staging = new Path(absolute.getParent(), ".rankwise-staging-" + UUID.randomUUID());
      if (!system.mkdirs(staging)) {
        throw new IOException("permission denied (%s)".formatted(absolute.getParent()));
      }
      return new StagedFiles(system, staging, absolute);
    } catch (IOException e) {
      throw FileFailure.writing(location, e);
    }
  }

  /** Where to write; nothing lies there yet. */
  String files() {
    return new Path(staging, FILES).toString();
  }

  /**
   * Brings the files to their place.
   *
   * @throws UserInputException if something was put there meanwhile, or the move fails
   */
  void publish() {
    try {
      if (system.exists(place)) {
        throw FreePlace.taken(place.toString());
      }
      if (!system.rename(new Path(staging, FILES), place)) {
        throw new IOException("the files could not be moved there");
      }
    } catch (IOException e) {
      throw FileFailure.writing(place.toString(), e);
    }
  }

  /** Removes what was not published. */
  @Override
  public void close() {
    try {
      system.delete(staging, true);
    } catch (IOException e) {
      throw FileFailure.writing(staging.toString(), e);
    }
  }
}
