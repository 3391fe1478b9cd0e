package dev.rankwise.jobs.registry;

import java.util.Locale;

/** A name that moves from version to version. */
public enum Alias {
  /** The version that was registered last. */
  CANDIDATE,
  /** The version in use. */
  CHAMPION;

  /** The name as files and messages have it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
