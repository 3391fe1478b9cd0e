package dev.rankwise.datasets.prepare;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import org.apache.hadoop.fs.ChecksumException;

/** Finds what a failed Spark job was about. */
final class SparkFailures {
  private SparkFailures() {}

  /**
   * The failure to report for {@code failure}: one of ours that a task threw, a damaged file that a
   * task met, or that the cluster could not run the job.
   */
  static RuntimeException translated(Exception failure, String doing) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RankwiseException ours) {
        return ours;
      }
      if (cause instanceof ChecksumException
          || cause.getClass().getName().startsWith("org.apache.parquet.")) {
        return new CorruptFileException(
            "Cannot "
                + doing
                + ": a file is damaged ("
                + firstLine(cause)
                + "); restore or write it again",
            failure);
      }
    }
    if (failure instanceof RuntimeException unexpected) {
      return unexpected;
    }
    return new ClusterException(
        "Cannot "
            + doing
            + ": Spark gave up ("
            + firstLine(failure)
            + "); look at the executors' logs, then try again",
        failure);
  }

  private static String firstLine(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    return failure.getMessage() == null
        ? name
        : name + ": " + failure.getMessage().lines().findFirst().orElse("");
  }
}
