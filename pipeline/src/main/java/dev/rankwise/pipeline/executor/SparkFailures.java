package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.RankwiseException;
import java.util.function.Supplier;

/** Finds, in what Spark throws when a job fails, the failure that a user should read. */
public final class SparkFailures {

  private SparkFailures() {}

  /**
   * Runs a Spark job.
   *
   * @param work what the job does, to follow "Cannot": {@code compute step 3}
   * @throws RankwiseException what a task threw, if it was one of ours
   * @throws ClusterException for everything else that ends a job
   */
  public static <T> T translated(String work, Supplier<T> job) {
    try {
      return job.get();
    } catch (Exception e) {
      // Spark throws its checked exception through methods that do not declare it.
      throw translation(work, e);
    }
  }

  private static RankwiseException translation(String work, Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RankwiseException ours) {
        return ours;
      }
    }
    return new ClusterException(
        "Cannot %s: %s; look at the executors' logs, then start the command again"
            .formatted(work, firstLine(failure)),
        failure);
  }

  private static String firstLine(Exception failure) {
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElse("").strip();
  }
}
