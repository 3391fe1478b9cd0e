package dev.rankwise.pipeline.reduce;

import java.io.Serializable;
import java.time.Clock;
import java.time.Instant;

/**
 * When a group was computed, by the clock of the executor's host. Not part of any result.
 *
 * @param startedMicros begin of the task's work, in microseconds since 1970
 * @param finishedMicros its end
 */
public record GroupTiming(long startedMicros, long finishedMicros) implements Serializable {

  /** The time by {@code clock}, in microseconds since 1970. */
  public static long micros(Clock clock) {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  /** Length in seconds; never negative, even if the host's clock was set back meanwhile. */
  public double seconds() {
    return Math.max(0, finishedMicros - startedMicros) / 1e6;
  }
}
