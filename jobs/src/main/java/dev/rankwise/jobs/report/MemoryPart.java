package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;

/** What is told about the peak memory of a host, all in bytes. */
public enum MemoryPart {
  /** Everything that the run's processes held at their peak. */
  PEAK("peak, whole", "all processes of the run, shared pages counted once", Ink.COMPARED),
  /** What of it came after the libraries were loaded. */
  ABOVE_IDLE("peak above idle", "what the work itself took, after Java and libraries", Ink.MAIN),
  /** The file of the base that is mapped, once for all tasks of the host. */
  BASE_MAPPED("base, mapped once", "one copy for all tasks of the host", Ink.SECOND);

  private final String label;
  private final String description;
  private final Ink ink;

  MemoryPart(String label, String description, Ink ink) {
    this.label = label;
    this.description = description;
    this.ink = ink;
  }

  String label() {
    return label;
  }

  String description() {
    return description;
  }

  Ink ink() {
    return ink;
  }
}
