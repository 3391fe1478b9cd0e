package dev.rankwise.adapters.adalora;

import dev.rankwise.models.failure.CorruptFileException;
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

  /** The decision in one line, which {@link #parsed} reads. */
  public String text() {
    StringBuilder text = new StringBuilder("%s %s %s".formatted(step, budget, threshold));
    live.forEach(
        (path, triplets) -> {
          text.append(' ').append(path).append('=');
          triplets.forEach(stays -> text.append(stays ? '1' : '0'));
        });
    return text.toString();
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws CorruptFileException if it is anything else
   */
  public static Decision parsed(String text) {
    String[] words = text.split(" ", -1);
    SortedMap<String, List<Boolean>> live = new TreeMap<>();
    try {
      for (int word = 3; word < words.length; word++) {
        int equals = words[word].lastIndexOf('=');
        live.put(
            words[word].substring(0, equals),
            words[word].substring(equals + 1).chars().mapToObj(stays -> stays == '1').toList());
      }
      return new Decision(
          Integer.parseInt(words[0]), Integer.parseInt(words[1]), Float.parseFloat(words[2]), live);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new CorruptFileException(
          "Cannot read a decision on ranks: it is not what was written; move the folder of"
              + " checkpoints away to start from the beginning",
          e);
    }
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
