package dev.rankwise.jobs.survey;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What an executor says of a place that is to be shared.
 *
 * @param location the place, as it is named
 * @param sight whether it sees the driver's file there
 * @param failure what the file system said against it; empty if nothing
 */
public record FolderAnswer(String location, Sight sight, String failure) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How far an executor came. */
  public enum Sight {
    /** It read the driver's file and wrote one beside it. */
    SHARED,
    /** It read the driver's file and could write none. */
    READ_ONLY,
    /** It does not see the driver's file. */
    UNSEEN
  }

  /**
   * Looks for the driver's file, and leaves one for the driver.
   *
   * @param file name of the file to leave
   */
  static FolderAnswer to(FolderProbe probe, String file, Configuration files) {
    byte[] token = probe.token().getBytes(StandardCharsets.UTF_8);
    Path folder = new Path(probe.folder());
    try {
      FileSystem system = folder.getFileSystem(files);
      if (!Arrays.equals(token, read(system, new Path(folder, FolderProbe.OF_DRIVER)))) {
        return new FolderAnswer(probe.location(), Sight.UNSEEN, "another file is there");
      }
      return written(probe, system, new Path(folder, file), token);
    } catch (FileNotFoundException e) {
      return new FolderAnswer(probe.location(), Sight.UNSEEN, "");
    } catch (IOException | RuntimeException e) {
      return new FolderAnswer(probe.location(), Sight.UNSEEN, words(e));
    }
  }

  private static FolderAnswer written(
      FolderProbe probe, FileSystem system, Path file, byte[] token) {
    try (FSDataOutputStream out = system.create(file, true)) {
      out.write(token);
    } catch (IOException | RuntimeException e) {
      return new FolderAnswer(probe.location(), Sight.READ_ONLY, words(e));
    }
    return new FolderAnswer(probe.location(), Sight.SHARED, "");
  }

  private static byte[] read(FileSystem system, Path file) throws IOException {
    try (FSDataInputStream in = system.open(file)) {
      return in.readNBytes(1024);
    }
  }

  /** The first line of what was thrown. */
  static String words(Exception failure) {
    String message = String.valueOf(failure.getMessage());
    return message.lines().findFirst().orElse(failure.getClass().getSimpleName());
  }
}
