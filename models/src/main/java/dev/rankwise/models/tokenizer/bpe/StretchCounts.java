package dev.rankwise.models.tokenizer.bpe;

import java.io.Serializable;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How often each stretch occurs in texts: all that a vocabulary is learnt from. Counts of parts of
 * the texts, taken anywhere, add up to the counts of the whole.
 */
public final class StretchCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Map<String, Long> counts = new HashMap<>();

  /** Counts the stretches of one text; special tokens in it are text like any other. */
  public void add(String text) {
    PreTokens.forEach(text, stretch -> counts.merge(stretch, 1L, Long::sum));
  }

  /** Adds the counts of other texts. */
  public void add(StretchCounts others) {
    others.counts.forEach((stretch, count) -> counts.merge(stretch, count, Long::sum));
  }

  /** The counts, by stretch; stretches are spelt in byte letters. */
  SortedMap<String, Long> sorted() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(counts));
  }
}
