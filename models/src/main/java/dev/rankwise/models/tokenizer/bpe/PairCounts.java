package dev.rankwise.models.tokenizer.bpe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * How often each pair of neighbouring tokens occurs in a set of words, kept while pairs are merged.
 *
 * <p>A pair is a long, left id above right id. The queue holds a candidate for each pair, perhaps
 * with a count from before some of its places went: counts only fall, unless a merge makes new
 * places, which makes a new candidate. So the first candidate whose count still holds is the most
 * frequent pair, and an outdated one goes back with the count of now. A merge visits only the words
 * that the pair was seen in.
 */
final class PairCounts {
  /** No pair. */
  static final long NONE = -1;

  private static final Comparator<Candidate> MOST_FREQUENT_FIRST =
      Comparator.comparingLong(Candidate::count).reversed().thenComparingLong(Candidate::pair);

  private final List<int[]> words = new ArrayList<>();
  private final List<Long> wordCounts = new ArrayList<>();
  private final Map<Long, Places> places = new HashMap<>();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(MOST_FREQUENT_FIRST);

  private record Candidate(long pair, long count) {}

  /** Where a pair was seen; a word may be named twice, and may have lost the pair since. */
  private static final class Places {
    private long count;
    private int[] words = new int[2];
    private int size;

    void add(int word) {
      if (size > 0 && words[size - 1] == word) {
        return;
      }
      if (size == words.length) {
        words = Arrays.copyOf(words, 2 * size);
      }
      words[size++] = word;
    }
  }

  /** Adds a word that occurs {@code count} times. */
  void add(int[] word, long count) {
    words.add(word);
    wordCounts.add(count);
    for (int i = 0; i + 1 < word.length; i++) {
      Places seen = places.computeIfAbsent(pair(word[i], word[i + 1]), p -> new Places());
      seen.count += count;
      seen.add(words.size() - 1);
    }
  }

  /** The pair that occurs most often, of several the lowest; {@link #NONE} if there is none. */
  long mostFrequent() {
    if (queue.isEmpty()) {
      places.forEach((pair, seen) -> propose(pair));
    }
    while (!queue.isEmpty()) {
      Candidate first = queue.poll();
      long count = count(first.pair());
      if (count == first.count()) {
        queue.add(first);
        return first.pair();
      }
      propose(first.pair());
    }
    return NONE;
  }

  /** How often a pair occurs. */
  long count(long pair) {
    Places seen = places.get(pair);
    return seen == null ? 0 : seen.count;
  }

  /** Makes {@code token} of each place of {@code pair}, in every word from its start. */
  void merge(long pair, int token) {
    Places seen = places.get(pair);
    Map<Long, Boolean> made = new HashMap<>();
    for (int i = 0; i < seen.size; i++) {
      int index = seen.words[i];
      int[] before = words.get(index);
      int[] after = merged(before, pair, token);
      if (after.length == before.length) {
        continue;
      }
      words.set(index, after);
      long count = wordCounts.get(index);
      for (int k = 0; k + 1 < before.length; k++) {
        places.get(pair(before[k], before[k + 1])).count -= count;
      }
      for (int k = 0; k + 1 < after.length; k++) {
        long now = pair(after[k], after[k + 1]);
        Places there = places.computeIfAbsent(now, p -> new Places());
        there.count += count;
        if (after[k] == token || after[k + 1] == token) {
          there.add(index);
          made.put(now, true);
        }
      }
    }
    places.remove(pair);
    made.keySet().forEach(this::propose);
  }

  static int left(long pair) {
    return (int) (pair >>> Integer.SIZE);
  }

  static int right(long pair) {
    return (int) pair;
  }

  private void propose(long pair) {
    long count = count(pair);
    if (count > 0) {
      queue.add(new Candidate(pair, count));
    }
  }

  private static long pair(int left, int right) {
    return (long) left << Integer.SIZE | right;
  }

  private static int[] merged(int[] word, long pair, int token) {
    int[] after = new int[word.length];
    int length = 0;
    for (int i = 0; i < word.length; i++) {
      boolean here = i + 1 < word.length && pair(word[i], word[i + 1]) == pair;
      after[length++] = here ? token : word[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(after, length);
  }
}
