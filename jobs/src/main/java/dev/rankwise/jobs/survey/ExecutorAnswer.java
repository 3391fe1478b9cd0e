package dev.rankwise.jobs.survey;

import dev.rankwise.jobs.survey.FileAnswer.WatchedFile;
import java.io.Serializable;
import java.util.List;

/**
 * What an executor says when it is asked.
 *
 * @param executor its id in Spark
 * @param host its host, as Spark calls it
 * @param process its number there
 * @param java version of its JVM
 * @param library what computes
 * @param memory what it may take
 * @param cache where it keeps bases
 * @param devices GPUs
 * @param unset names of the environment's variables that it lacks
 * @param folders places that are to be shared
 * @param files those of the files that it was asked for that it does not find as the driver does
 * @param base the base of the recipe
 */
public record ExecutorAnswer(
    String executor,
    String host,
    long process,
    String java,
    LibraryAnswer library,
    MemoryAnswer memory,
    CacheAnswer cache,
    DeviceAnswer devices,
    List<String> unset,
    List<FolderAnswer> folders,
    List<FileAnswer> files,
    BaseAnswer base)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public ExecutorAnswer {
    unset = List.copyOf(unset);
    folders = List.copyOf(folders);
    files = List.copyOf(files);
  }

  /**
   * What executors are asked.
   *
   * @param threads threads inside one operation
   * @param variables names that the environment should have
   * @param folders places that are to be shared
   * @param files what they should find as the driver does
   * @param base name, path or URI of a base; empty for none
   */
  public record Question(
      int threads,
      List<String> variables,
      List<FolderProbe> folders,
      List<WatchedFile> files,
      String base)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    public Question {
      variables = List.copyOf(variables);
      folders = List.copyOf(folders);
      files = List.copyOf(files);
    }
  }
}
