package dev.rankwise.jobs.session;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.RankwiseException;
import java.nio.file.InvalidPathException;

/**
 * What a user and a scheduler hear of a failure.
 *
 * @param code says how the command ends
 * @param message one paragraph
 */
public record FailureReport(FailureCode code, String message) {

  /**
   * The report of anything that was thrown. Of what is not ours only the kind is told: its message
   * may hold anything, the content of rows included.
   */
  public static FailureReport of(Throwable thrown) {
    if (thrown instanceof InterruptedRunException told) {
      return new FailureReport(told.code(), told.getMessage());
    }
    return Interruption.signal().map(FailureReport::interrupted).orElseGet(() -> ofFailure(thrown));
  }

  /** The word of {@code result.json} for this end. */
  public String status() {
    return switch (code) {
      case HUNG_UP, INTERRUPTED, TERMINATED -> "interrupted";
      default -> "failed";
    };
  }

  /** What is thrown after a signal comes of Spark's end, and says nothing. */
  private static FailureReport interrupted(FailureCode code) {
    return new FailureReport(
        code,
        "Interrupted (exit code %s); nothing is left half written, so the same command can be run again"
            .formatted(code.exitCode()));
  }

  private static FailureReport ofFailure(Throwable thrown) {
    Throwable told =
        thrown instanceof Exception failure
            ? SparkFailures.translated(failure, "finish the command")
            : thrown;
    if (told instanceof InvalidPathException path) {
      told = FileNames.ofThisProcess().refused(path);
    }
    if (told instanceof RankwiseException ours) {
      return new FailureReport(ours.code(), ours.getMessage());
    }
    if (told instanceof OutOfMemoryError) {
      return new FailureReport(
          FailureCode.CLUSTER_UNABLE,
          "The driver ran out of memory; give it more with spark-submit --driver-memory, or with"
              + " RANKWISE_JAVA_OPTS=-Xmx4g in a checkout");
    }
    return new FailureReport(
        FailureCode.INTERNAL,
        "This is a bug of Rankwise: %s; report it with the log of the failure"
            .formatted(told.getClass().getName()));
  }
}
