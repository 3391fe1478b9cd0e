package dev.rankwise.adapters.adalora;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which triplets stay.
 *
 * @param step number of the step after which it was decided, from 0
 * @param budget how many may stay
 * @param threshold the highest score of those that go
 * @param live of each module, by path, which of its triplets stay
 */
public record Decision(
    int step, int budget, float threshold, SortedMap<String, List<Boolean>> live) {

  public Decision {
    SortedMap<String, List<Boolean>> copy = new TreeMap<>();
    live.forEach((path, triplets) -> copy.put(path, List.copyOf(triplets)));
    live = Collections.unmodifiableSortedMap(copy);
  }

  /** How many triplets stay in each module, by path. */
  public SortedMap<String, Integer> ranks() {
    SortedMap<String, Integer> ranks = new TreeMap<>();
    live.forEach((path, triplets) -> ranks.put(path, Collections.frequency(triplets, true)));
    return ranks;
  }

  /** How many triplets stay in all. */
  public int kept() {
    return ranks().values().stream().mapToInt(Integer::intValue).sum();
  }
}
