package dev.rankwise.datasets.pack;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.packing.BestFit;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which texts share a sequence.
 *
 * <p>Best fit ({@link BestFit}) within each window of {@link #WINDOW} consecutive texts, so that
 * the plan costs O(n) in the number of texts. It depends on the lengths and their order alone.
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
      int[] binOf = BestFit.bins(Arrays.copyOfRange(lengths, from, to), capacity);
      for (int text = from; text < to; text++) {
        sequenceOf[text] = sequences + binOf[text - from];
      }
      sequences += Arrays.stream(binOf).max().orElseThrow() + 1;
    }
    return new PackingPlan(sequenceOf, sequences);
  }

  /**
   * A plan whose sequences hold texts of one task each: those of the first task come first.
   *
   * @param lengths tokens of each text, each in [1, capacity]
   * @param tasks task of each text, counted from 0; empty where no task is said
   * @param capacity most tokens of a sequence
   */
  public static PackingPlan of(int[] lengths, int[] tasks, int capacity, Packing packing) {
    if (tasks.length == 0) {
      return of(lengths, capacity, packing);
    }
    int[] sequenceOf = new int[lengths.length];
    int sequences = 0;
    int last = Arrays.stream(tasks).max().orElseThrow();
    for (int task = 0; task <= last; task++) {
      int wanted = task;
      int[] texts =
          IntStream.range(0, tasks.length).filter(text -> tasks[text] == wanted).toArray();
      int[] own = Arrays.stream(texts).map(text -> lengths[text]).toArray();
      PackingPlan plan = of(own, capacity, packing);
      for (int i = 0; i < texts.length; i++) {
        sequenceOf[texts[i]] = sequences + plan.sequenceOf[i];
      }
      sequences += plan.sequences;
    }
    return new PackingPlan(sequenceOf, sequences);
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
