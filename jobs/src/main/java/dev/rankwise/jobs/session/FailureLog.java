package dev.rankwise.jobs.session;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the stack trace of a failure goes: not to the user's eyes, but where he can find it. */
public final class FailureLog {
  private static final String PREFIX = "rankwise-failure-";
  private static final String SUFFIX = ".log";

  /** Whose code may fail in ways that no message of ours tells in full. */
  private static final List<String> FOREIGN = List.of("org.apache.", "ai.djl.", "scala.");

  private FailureLog() {}

  /**
   * Writes the trace into a file of the folder for temporary files, unless the message says all:
   * what a user can mend needs no trace, only a bug, a cluster's failure and what came out of Spark
   * or native code do.
   *
   * @return where the trace lies; empty if there is none, or it could not be written
   */
  public static Optional<Path> write(FailureReport report, Throwable failure) {
    return isNeeded(report, failure) ? written(failure) : Optional.empty();
  }

  private static boolean isNeeded(FailureReport report, Throwable failure) {
    return switch (report.code()) {
      case INTERNAL, CLUSTER_UNABLE, COMMIT_UNKNOWN -> true;
      case HUNG_UP, INTERRUPTED, TERMINATED -> false;
      default -> isForeign(failure);
    };
  }

  private static boolean isForeign(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String name = cause.getClass().getName();
      if (cause instanceof Error || FOREIGN.stream().anyMatch(name::startsWith)) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Path> written(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    try {
      Path file = Files.createTempFile(PREFIX, SUFFIX);
      return Optional.of(Files.writeString(file, trace.toString(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The failure itself is told all the same; there is nowhere left to put its trace.
      return Optional.empty();
    }
  }
}
