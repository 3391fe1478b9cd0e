package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;

/** What is told about the peak memory of the host that held most, all in bytes. */
public enum MemoryPart {
  /** Everything that the run's processes on the host held at their peak. */
  PEAK(
      new Legend(
          "peak, whole",
          "all processes of the run on the host that held most, shared pages counted once",
          Ink.COMPARED)),
  /** What of it came after the libraries were loaded. */
  ABOVE_IDLE(
      new Legend(
          "peak above idle", "what the work itself took, after Java and libraries", Ink.MAIN)),
  /** The file of the base that is mapped, once for all tasks of the host. */
  BASE_MAPPED(new Legend("base, mapped once", "one copy for all tasks of the host", Ink.SECOND)),
  /** Trained numbers and their gradients in the tasks of one executor. */
  PARAMETERS(
      new Legend(
          "parameters and gradients",
          "the trained numbers in the tasks of one executor, private to each",
          Ink.SECOND)),
  /** What the driver keeps of each trained number. */
  OPTIMIZER(
      new Legend(
          "optimizer",
          "the driver's moments, sums and the groups' results as they come in",
          Ink.SECOND)),
  /**
   * What of the work is none of the parts: told of a run in one process, where all lie together.
   */
  ACTIVATIONS(
      new Legend(
          "activations and the rest",
          "what is left above idle: activations of all tasks, Java's heap, Spark",
          Ink.SECOND));

  private final Legend legend;

  MemoryPart(Legend legend) {
    this.legend = legend;
  }

  /** How it is shown. */
  Legend legend() {
    return legend;
  }
}
