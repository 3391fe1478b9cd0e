package dev.rankwise.datasets.source;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came to a source since some of it was read. Driver only.
 *
 * @param marks what stands for all of it as it is now, to be handed in the next time
 * @param added the rows that were not read yet; empty if there are none
 * @param anew why what was read before does not count and {@code added} are all rows; empty where
 *     they only add to it
 * @param words what {@code added} is, for people
 */
public record SourceGrowth(
    SortedMap<String, String> marks,
    Optional<RowSource> added,
    Optional<String> anew,
    String words) {
  public SourceGrowth {
    marks = Collections.unmodifiableSortedMap(new TreeMap<>(marks));
  }
}
