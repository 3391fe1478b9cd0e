package dev.rankwise.jobs.survey;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What an executor says of a file that it does not find as the driver does.
 *
 * @param file its address
 * @param failure what is wrong with it there
 */
public record FileAnswer(String file, String failure) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * A file as the driver finds it.
   *
   * @param file its full address
   * @param bytes its size
   */
  public record WatchedFile(String file, long bytes) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What is wrong with it in this process; empty if nothing. */
    String failure(Configuration files) {
      Path path = new Path(file);
      try {
        long here = path.getFileSystem(files).getFileStatus(path).getLen();
        return here == bytes
            ? ""
            : "has %s bytes there, and %s on the driver".formatted(here, bytes);
      } catch (FileNotFoundException e) {
        return "is not there";
      } catch (IOException | RuntimeException e) {
        return "cannot be looked at: " + FolderAnswer.words(e);
      }
    }
  }
}
