package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ClockOffset;
import dev.rankwise.pipeline.checkpoint.RunLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * That the hosts agree on the time. What is written is the same by whatever clock; but a driver
 * that is started again elsewhere takes a lease for over, or for held, by its own, and object
 * stores and Kerberos refuse what is signed minutes away.
 */
final class ClockCheck {
  /** A twelfth of a lease; hosts that follow a time source are within a tenth of a second. */
  static final Duration TOLERATED = RunLock.LEASE.dividedBy(12);

  private ClockCheck() {}

  static Checked of(Examined examined) {
    List<Finding> findings = new ArrayList<>();
    for (ClockOffset clock : examined.clocks()) {
      long offset = clock.certainMillis();
      if (Math.abs(offset) > TOLERATED.toMillis()) {
        findings.add(
            Finding.mend(
                "The clock of executor %s%s is at least %s s %s the driver's"
                    .formatted(
                        clock.executor(),
                        host(examined, clock.executor()),
                        seconds(Math.abs(offset)),
                        offset > 0 ? "ahead of" : "behind"),
                "let both hosts follow one source of time (chronyd, or systemd-timesyncd); leases"
                    + " of run folders, and signatures for object stores, go by the clock"));
      }
    }
    return new Checked("clocks", told(examined.clocks(), findings.isEmpty()), findings);
  }

  private static String told(List<ClockOffset> clocks, boolean well) {
    if (clocks.isEmpty()) {
      return Examined.NOBODY;
    }
    long most = clocks.stream().mapToLong(ClockOffset::possibleMillis).max().orElse(0);
    return "within %s s of the driver's%s"
        .formatted(
            seconds(most), well ? "" : ", where %s s will do".formatted(TOLERATED.toSeconds()));
  }

  private static String host(Examined examined, String executor) {
    return examined.answers().stream()
        .filter(it -> it.executor().equals(executor))
        .map(it -> " (" + it.host() + ")")
        .findFirst()
        .orElse("");
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.2f", millis / 1e3);
  }
}
