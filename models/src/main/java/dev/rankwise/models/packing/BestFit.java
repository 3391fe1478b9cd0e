package dev.rankwise.models.packing;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Best fit by falling length: each item goes into the bin that it fills best, or into a new one
 * where it fits none; of equals the earlier goes first. So the plan depends on the lengths and
 * their order alone. It costs O(n log n).
 *
 * <p>It needs at most 11/9 of the fewest bins possible, and a constant (D. S. Johnson and others,
 * <i>Worst-case performance bounds for simple one-dimensional packing algorithms</i>, 1974).
 */
public final class BestFit {
  private BestFit() {}

  /**
   * The bin of each item: from 0 without gaps, in the order in which bins are begun.
   *
   * @param lengths length of each item, each in [1, capacity]
   * @param capacity most that a bin holds
   */
  public static int[] bins(int[] lengths, int capacity) {
    int[] binOf = new int[lengths.length];
    NavigableMap<Integer, Deque<Integer>> binsByRoom = new TreeMap<>();
    int bins = 0;
    for (int item : byFallingLength(lengths)) {
      int length = checked(lengths[item], capacity);
      Map.Entry<Integer, Deque<Integer>> fit = binsByRoom.ceilingEntry(length);
      int room = fit == null ? capacity : fit.getKey();
      binOf[item] = fit == null ? bins++ : fit.getValue().removeFirst();
      if (fit != null && fit.getValue().isEmpty()) {
        binsByRoom.remove(room);
      }
      binsByRoom.computeIfAbsent(room - length, key -> new ArrayDeque<>()).addLast(binOf[item]);
    }
    return binOf;
  }

  private static int[] byFallingLength(int[] lengths) {
    return IntStream.range(0, lengths.length)
        .boxed()
        // A stable sort: of equal lengths the earlier item stays first.
        .sorted(Comparator.comparingInt((Integer item) -> -lengths[item]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int checked(int length, int capacity) {
    if (length < 1 || length > capacity) {
      throw new InternalException(
          "Invalid length: %s (must be in [1, %s])".formatted(length, capacity));
    }
    return length;
  }
}
