package dev.rankwise.models.remote;

import java.time.Clock;
import java.time.Duration;

/**
 * Time, as the network needs it.
 *
 * @param clock measures progress; it has no influence on what is fetched
 * @param sleeper waits between two tries
 * @param connecting longest wait for a connection
 * @param reading longest wait for the next byte
 */
public record Pacing(Clock clock, Sleeper sleeper, Duration connecting, Duration reading) {
  /** Tries after the first, if none of them brings anything. */
  static final int RETRIES = 5;

  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** Waits. */
  @FunctionalInterface
  public interface Sleeper {
    /** Returns after that time. */
    void sleep(Duration time) throws InterruptedException;
  }

  /** The pacing of this system. */
  public static Pacing ofThisSystem() {
    return new Pacing(
        Clock.systemUTC(),
        time -> Thread.sleep(time.toMillis()),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }

  /**
   * How long to wait before a try: 1, 2, 4 … seconds, or what the server asks for, up to a minute.
   *
   * @param retry number of the try, from 1
   * @param asked what the server asks for; zero if nothing
   */
  static Duration before(int retry, Duration asked) {
    Duration own = Duration.ofSeconds(1L << (retry - 1));
    Duration wait = asked.compareTo(own) > 0 ? asked : own;
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }
}
