package dev.rankwise.models.remote;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells, every few seconds, how far a long transfer has come. */
public final class FetchProgress {
  /** The log's name, so that its lines can be shown to people apart from all others. */
  static final String LOG_NAME = "dev.rankwise.progress";

  private static final Logger LOG = LoggerFactory.getLogger(LOG_NAME);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final long WORTH_TELLING = 16L << 20;

  private final Clock clock;
  private final String what;
  private final OptionalLong total;
  private Instant told;

  private FetchProgress(Clock clock, String what, OptionalLong total) {
    this.clock = clock;
    this.what = what;
    this.total = total;
    this.told = clock.instant();
  }

  /**
   * Begins to tell.
   *
   * @param what is transferred, as the lines name it
   * @param total its bytes, if that is known
   */
  public static FetchProgress of(Clock clock, String what, OptionalLong total) {
    if (total.orElse(0) >= WORTH_TELLING) {
      LOG.info("Fetching {}, {}", what, size(total.getAsLong()));
    }
    return new FetchProgress(clock, what, total);
  }

  /** So many bytes are here. */
  public void reached(long bytes) {
    lineAt(bytes).ifPresent(LOG::info);
  }

  /** What is to be told now, if it is time to. */
  Optional<String> lineAt(long bytes) {
    Instant now = clock.instant();
    if (Duration.between(told, now).compareTo(PAUSE) < 0) {
      return Optional.empty();
    }
    told = now;
    String whole = total.isPresent() ? " of " + size(total.getAsLong()) : "";
    return Optional.of("Fetching " + what + ", " + size(bytes) + whole);
  }

  /** Says that a try failed and another one follows. */
  static void retrying(String what, String why, Duration wait) {
    LOG.info("Fetching {}: {}; tries again in {} s", what, why, wait.toSeconds());
  }

  private static String size(long bytes) {
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
