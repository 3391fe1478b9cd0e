package dev.rankwise.models.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TestFetchProgress {

  @Test
  void tellsEveryTenSeconds() {
    SteppedClock clock = new SteppedClock();
    FetchProgress progress = FetchProgress.of(clock, "a file", OptionalLong.of(5_000_000_000L));
    assertThat(progress.lineAt(1)).isEmpty();
    clock.now = clock.now.plusSeconds(10);
    assertThat(progress.lineAt(1_234_000_000)).contains("Fetching a file, 1.23 GB of 5.00 GB");
    assertThat(progress.lineAt(1_300_000_000)).isEmpty();
    clock.now = clock.now.plusSeconds(12);
    assertThat(progress.lineAt(2_000_000_000)).contains("Fetching a file, 2.00 GB of 5.00 GB");
  }

  @Test
  void anUnknownLengthIsNotTold() {
    SteppedClock clock = new SteppedClock();
    FetchProgress progress = FetchProgress.of(clock, "a file", OptionalLong.empty());
    clock.now = clock.now.plusSeconds(60);
    assertThat(progress.lineAt(2_500_000)).contains("Fetching a file, 2.5 MB");
  }

  private static final class SteppedClock extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
