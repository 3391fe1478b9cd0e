package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;

/** Finds, in what Spark throws when a job fails, the failure that a user should read. */
public final class SparkFailures {
  /** What Spark says when a job, its group or all jobs are cancelled. */
  private static final Pattern CANCELLED = Pattern.compile("\\bJob \\d+ cancelled\\b");

  private SparkFailures() {}

  /**
   * Runs a Spark job.
   *
   * @param doing what the job does, to follow "Cannot": {@code compute step 3}
   * @throws RankwiseException what a task threw, if it was one of ours
   * @throws InterruptedRunException if somebody cancelled the job
   * @throws ClusterException if Spark gave the job up
   */
  public static <T> T running(String doing, Supplier<T> job) {
    try {
      return job.get();
    } catch (Exception failure) {
      // Spark throws its checked exception through methods that do not declare it.
      throw translated(failure, doing);
    }
  }

  /**
   * The failure to report for {@code failure}: one of ours that a task threw, a damaged file or a
   * full disk that a task met, or that the cluster could not run the job.
   */
  public static RuntimeException translated(Exception failure, String doing) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RankwiseException ours) {
        return ours;
      }
    }
    Optional<RuntimeException> known = cancelled(failure, doing).or(() -> denied(failure, doing));
    if (known.isPresent()) {
      return known.get();
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
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
      if (FileFailure.isFullDisk(cause)) {
        return new UserInputException(
            "Cannot "
                + doing
                + ": a disk is full; free space where the data are written and where Spark keeps its"
                + " own files (spark.local.dir), then try again",
            failure);
      }
    }
    Optional<String> errorClass = errorClass(failure);
    if (errorClass.isPresent()) {
      return new DataException(
          "Cannot "
              + doing
              + ": a row, or the query that makes it, failed with "
              + errorClass.get()
              + "; mend the rows or the query, or leave such rows out",
          failure);
    }
    if (isOfAnEndedContext(failure)) {
      return new ClusterException(
          "Cannot "
              + doing
              + ": Spark has ended, because its executors could not be started or its master gave"
              + " the application up; look at the driver's log, then try again",
          failure);
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

  /**
   * What Spark says against a query or a table: the first line, as a part of a sentence that goes
   * on, without Spark's full stop.
   */
  public static String ofAnalysis(Exception failure) {
    String message = String.valueOf(failure.getMessage()).strip();
    return message
        .lines()
        .findFirst()
        .orElse(failure.getClass().getSimpleName())
        .replaceFirst("\\.+$", "");
  }

  /**
   * The failure for a file that this user may not read or write; empty if it is none. Spark and the
   * readers of formats wrap it in what they make of it, so it is looked for first.
   */
  static Optional<RuntimeException> denied(Throwable failure, String doing) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String words = String.valueOf(cause.getMessage());
      // What Java and Hadoop say: "PATH (Permission denied)", "Permission denied: user=...".
      if (cause instanceof IOException && words.contains("Permission denied")) {
        String said = words.lines().findFirst().orElse("");
        return Optional.of(
            new DataException(
                "Cannot %s: %s; see that this user may use it, here and on every executor"
                    .formatted(doing, said),
                failure));
      }
    }
    return Optional.empty();
  }

  /**
   * The interruption for a job that somebody cancelled; empty if nobody did. One that ends with its
   * context was not cancelled itself.
   */
  private static Optional<RuntimeException> cancelled(Exception failure, String doing) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof SparkException
          && CANCELLED.matcher(message).find()
          && !message.contains("SparkContext was shut down")) {
        return Optional.of(
            new InterruptedRunException(
                FailureCode.INTERRUPTED,
                ("Interrupted: cannot %s, because its Spark job was cancelled (a notebook's stop,"
                        + " Ctrl-C in a shell, or the kill link of Spark's pages); do the same again")
                    .formatted(doing),
                failure));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether work was given to a context that is no more: Spark throws what it throws for misuse.
   */
  private static boolean isOfAnEndedContext(Exception failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof IllegalStateException
        && (message.contains("SparkContext has been shutdown")
            || message.contains("stopped SparkContext"));
  }

  /** Spark's name of an error; null if it has none. */
  @SuppressWarnings("deprecation") // Spark 4 has another name for it, which 3.5 has not.
  public static String errorClassOf(SparkThrowable failure) {
    return failure.getErrorClass();
  }

  /** Spark's name of an error that lies in the data: its message would quote the value. */
  private static Optional<String> errorClass(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SparkThrowable named
          && errorClassOf(named) != null
          && cause instanceof RuntimeException) {
        return Optional.of(errorClassOf(named));
      }
    }
    return Optional.empty();
  }

  /** What kind of failure it is. What follows a colon is left out, since it may quote a row. */
  private static String firstLine(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    if (failure.getMessage() == null || failure.getMessage().startsWith("[")) {
      return name;
    }
    String line = failure.getMessage().lines().findFirst().orElse("");
    int colon = line.indexOf(": ");
    return name + ": " + (colon < 0 ? line : line.substring(0, colon));
  }
}
