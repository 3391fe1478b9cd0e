package dev.rankwise.jobs.report;

import java.time.Duration;
import java.time.Instant;

/**
 * How a run ended.
 *
 * @param status the word of {@code result.json}
 * @param exitCode exit code of the command; 0 if the adapter was committed
 * @param message what a person should know, may be empty
 * @param started when the run began
 * @param finished when it ended
 */
public record RunOutcome(
    String status, int exitCode, String message, Instant started, Instant finished) {

  /** Length of the run in seconds. */
  double seconds() {
    return Duration.between(started, finished).toMillis() / 1e3;
  }
}
