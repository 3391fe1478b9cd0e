package dev.rankwise.jobs.doctor;

import java.util.Locale;

/** Amounts of memory, for people and for Spark. */
final class MegabyteText {
  private MegabyteText() {}

  /** In whole megabytes of 10⁶ bytes. */
  static String of(long bytes) {
    return String.format(Locale.ROOT, "%,.0f MB", bytes / 1e6);
  }

  /** At least as much in the unit of Spark and Java, 2²⁰ bytes: {@code 1024m}. */
  static String setting(long bytes) {
    return ((bytes + (1 << 20) - 1) >> 20) + "m";
  }
}
