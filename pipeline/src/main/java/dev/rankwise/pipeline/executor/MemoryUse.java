package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * Memory of one of our processes by the operating system's account: its proportional set size, in
 * which a page that several processes share counts in parts. So a base that is mapped once counts
 * once over all processes of a host.
 *
 * @param host name of the host
 * @param process its number there
 * @param idleBytes size when the libraries were loaded and no base was
 * @param peakBytes largest size seen since
 */
public record MemoryUse(String host, long process, long idleBytes, long peakBytes)
    implements Serializable {

  /** What the work took on top of the loaded libraries, in bytes. */
  public long aboveIdleBytes() {
    return Math.max(0, peakBytes - idleBytes);
  }
}
