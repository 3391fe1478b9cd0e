package dev.rankwise.jobs.nightly;

import java.util.List;
import java.util.Locale;

/** The steps of a night, in their order. */
public enum NightStep {
  /** Rows become prepared data, unless those that lie there are what they would become. */
  PREPARE,
  /** An adapter is tuned on them, and measured on those held out. */
  TUNE,
  /** The adapter in use is measured on the same held-out rows, if a gate compares with it. */
  EVALUATE,
  /** The figures are held against the gates. */
  GATE,
  /** The adapter becomes a version. */
  REGISTER,
  /** The version becomes the one in use. */
  PROMOTE;

  /** Its name in files and messages. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The place among all, such as {@code 2 of 6}. */
  String place() {
    return "%s of %s".formatted(all().indexOf(this) + 1, values().length);
  }

  static List<NightStep> all() {
    return List.of(values());
  }
}
