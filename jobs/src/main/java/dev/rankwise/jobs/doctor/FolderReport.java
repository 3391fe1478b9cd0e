package dev.rankwise.jobs.doctor;

import java.util.Set;

/**
 * What became of a place that is to be shared.
 *
 * @param role what the run needs it for
 * @param location the place
 * @param failure why the driver could not try it; empty if it could
 * @param seen the executors whose files the driver saw there
 */
record FolderReport(String role, String location, String failure, Set<String> seen) {
  FolderReport {
    seen = Set.copyOf(seen);
  }
}
