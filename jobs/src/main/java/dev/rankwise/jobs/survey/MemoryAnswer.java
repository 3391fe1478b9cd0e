package dev.rankwise.jobs.survey;

import dev.rankwise.pipeline.executor.MemoryUse;
import dev.rankwise.pipeline.executor.MemoryWatch;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/**
 * What a process says of memory, in bytes.
 *
 * @param heapBytes the most that Java's heap may become
 * @param hostBytes memory of the host, or of the container that it runs in if that has less; 0
 *     where Java does not tell
 * @param idleBytes the process with its libraries loaded and no base; 0 where the operating system
 *     does not tell
 */
public record MemoryAnswer(long heapBytes, long hostBytes, long idleBytes) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The answer of this process. Call it when the library is loaded. */
  public static MemoryAnswer ofThisJvm() {
    MemoryWatch.ofThisJvm().start();
    return new MemoryAnswer(
        Runtime.getRuntime().maxMemory(),
        ofHost(),
        MemoryWatch.ofThisJvm().use().map(MemoryUse::idleBytes).orElse(0L));
  }

  private static long ofHost() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean told
        ? told.getTotalMemorySize()
        : 0;
  }
}
