package dev.rankwise.pipeline.executor;

import java.util.OptionalLong;

/**
 * What some work takes at most of this process's memory, by the kernel's own account: see {@link
 * MemoryWatch}.
 */
public final class PeakMemory {
  private PeakMemory() {}

  /**
   * Does some work, which must not run beside other work of this process.
   *
   * @return bytes on top of what the process had before; empty where the operating system does not
   *     tell
   */
  public static OptionalLong during(Runnable work) {
    System.gc();
    boolean watched = MemoryWatch.forgetPeak();
    long before = MemoryWatch.resident();
    work.run();
    return watched
        ? OptionalLong.of(Math.max(0, MemoryWatch.mostResident() - before))
        : OptionalLong.empty();
  }
}
