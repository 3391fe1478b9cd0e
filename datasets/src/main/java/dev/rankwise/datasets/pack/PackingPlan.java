package dev.rankwise.datasets.pack;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which texts share a sequence.
 *
 * <p>Best fit by falling length: within each window of {@link #WINDOW} consecutive texts, the
 * longest text that is left goes into the sequence that it fills best, or into a new one where it
 * fits none. Of equals the earlier goes first. The plan depends on the lengths and their order
 * alone, and costs O(n log n) in the window, so O(n) in the number of texts.
 *
 * <p>Best fit decreasing needs at most 11/9 of the fewest sequences possible, and a constant (D. S.
 * Johnson and others, <i>Worst-case performance bounds for simple one-dimensional packing
 * algorithms</i>, 1974).
 */
public final class PackingPlan {
  /** Texts that are looked at together. */
  public static final int WINDOW = 4_096;

  private final int[] sequenceOf;
  private final int sequences;

  private PackingPlan(int[] sequenceOf, int sequences) {
    this.sequenceOf = sequenceOf;
    this.sequences = sequences;
  }

  /**
   * A plan.
   *
   * @param lengths tokens of each text, each in [1, capacity]
   * @param capacity most tokens of a sequence
   */
  public static PackingPlan of(int[] lengths, int capacity, Packing packing) {
    for (int length : lengths) {
      if (length < 1 || length > capacity) {
        throw new InternalException(
            "Invalid length of a text: %s (must be in [1, %s])".formatted(length, capacity));
      }
    }
    if (packing == Packing.NONE) {
      return new PackingPlan(IntStream.range(0, lengths.length).toArray(), lengths.length);
    }
    int[] sequenceOf = new int[lengths.length];
    int sequences = 0;
    for (int from = 0; from < lengths.length; from += WINDOW) {
      int to = Math.min(from + WINDOW, lengths.length);
      sequences = window(lengths, from, to, capacity, sequenceOf, sequences);
    }
    return new PackingPlan(sequenceOf, sequences);
  }

  private static int window(
      int[] lengths, int from, int to, int capacity, int[] sequenceOf, int firstSequence) {
    int[] order =
        IntStream.range(from, to)
            .boxed()
            // A stable sort: of equal lengths the earlier text stays first.
            .sorted((left, right) -> Integer.compare(lengths[right], lengths[left]))
            .mapToInt(Integer::intValue)
            .toArray();
    NavigableMap<Integer, Deque<Integer>> open = new TreeMap<>();
    int sequences = firstSequence;
    for (int text : order) {
      Integer room = open.ceilingKey(lengths[text]);
      int sequence = room == null ? sequences++ : taken(open, room);
      sequenceOf[text] = sequence;
      int left = (room == null ? capacity : room) - lengths[text];
      if (left > 0) {
        open.computeIfAbsent(left, key -> new ArrayDeque<>()).addLast(sequence);
      }
    }
    return sequences;
  }

  private static int taken(NavigableMap<Integer, Deque<Integer>> open, int room) {
    Deque<Integer> sequences = open.get(room);
    int sequence = sequences.removeFirst();
    if (sequences.isEmpty()) {
      open.remove(room);
    }
    return sequence;
  }

  /** The sequence of each text, by the text's place: from 0 without gaps. */
  public int[] sequenceOf() {
    return sequenceOf.clone();
  }

  /** Number of sequences. */
  public int sequences() {
    return sequences;
  }
}
