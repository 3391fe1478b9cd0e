package dev.rankwise.jobs.run;

import dev.rankwise.pipeline.executor.MemoryUse;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The memory of a run on one host: the sum over its processes there. Each process counts its share
 * of a page that several hold, so a file that all of them map, such as the base, counts once.
 *
 * @param host name of the host
 * @param peakBytes at most this at any moment, since processes may peak apart
 * @param aboveIdleBytes what of it came on top of the loaded libraries
 */
record HostMemory(String host, long peakBytes, long aboveIdleBytes) {

  /** The host with the highest peak, the first by name among equals; empty if nothing is known. */
  static Optional<HostMemory> fullest(Collection<MemoryUse> processes) {
    SortedMap<String, HostMemory> byHost = new TreeMap<>();
    for (MemoryUse use : processes) {
      HostMemory one = new HostMemory(use.host(), use.peakBytes(), use.aboveIdleBytes());
      byHost.merge(use.host(), one, HostMemory::plus);
    }
    return byHost.values().stream()
        .sorted(Comparator.comparingLong(HostMemory::peakBytes).reversed())
        .findFirst();
  }

  private HostMemory plus(HostMemory other) {
    return new HostMemory(host, peakBytes + other.peakBytes, aboveIdleBytes + other.aboveIdleBytes);
  }
}
