package dev.rankwise.jobs.report;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where and how a run was computed.
 *
 * @param seed the seed of everything random
 * @param master Spark's master
 * @param executors number of executors
 * @param slots tasks that ran at once, over all executors
 * @param versions versions of what was used, by name
 */
public record RunSetting(
    long seed, String master, int executors, int slots, SortedMap<String, String> versions) {
  public RunSetting {
    versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
  }
}
