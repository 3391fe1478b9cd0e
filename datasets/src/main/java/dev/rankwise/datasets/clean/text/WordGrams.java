package dev.rankwise.datasets.clean.text;

import java.util.Arrays;

/**
 * Runs of {@code n} words of a text, each as a hash of 64 bits.
 *
 * <p>A word is a longest run of letters, digits and marks, in lower case; an ideograph, a kana or a
 * letter of Thai, Lao, Khmer or Burmese, scripts that put no space between words, is one by itself.
 * So neither case nor punctuation nor white space makes two texts different.
 *
 * <p>Hash of a word: FNV-1a over its UTF-16 units, finished by {@link #mixed}. Hash of a gram:
 * {@code h = mixed(31 · h + word)} over its words from the first to the last, starting at their
 * number. Of a million grams two agree by chance with a probability of 3e-8 (n² / 2^65).
 */
public final class WordGrams {
  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final int GRAM_FACTOR = 31;
  private static final int FIRST_ROOM = 64;

  /** Nothing below is of a script without spaces. */
  private static final int FIRST_UNSPACED = 0x0E00;

  private WordGrams() {}

  /**
   * The grams of a text in order: {@code max(1, words - n + 1)} of them, or none where it has no
   * word. A text of fewer than {@code n} words is one gram.
   *
   * @param n words of a gram, at least 1
   */
  public static long[] of(String text, int n) {
    long[] words = words(text);
    if (words.length == 0) {
      return words;
    }
    int length = Math.min(n, words.length);
    long[] grams = new long[words.length - length + 1];
    for (int i = 0; i < grams.length; i++) {
      grams[i] = gram(words, i, length);
    }
    return grams;
  }

  /** The different grams of a text, in ascending order. */
  public static long[] distinct(String text, int n) {
    return Arrays.stream(of(text, n)).sorted().distinct().toArray();
  }

  /** Number of words of a text. */
  public static int count(String text) {
    return words(text).length;
  }

  /**
   * How alike two sets are: {@code |A ∩ B| / |A ∪ B|}, in [0, 1]; 0 where both are empty.
   *
   * @param a in ascending order, each once
   * @param b likewise
   */
  public static double jaccard(long[] a, long[] b) {
    int common = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      int order = Long.compare(a[i], b[j]);
      common += order == 0 ? 1 : 0;
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    int all = a.length + b.length - common;
    return all == 0 ? 0 : (double) common / all;
  }

  /** Spreads the bits of a number over all 64: the last step of SplitMix64 (Steele et al. 2014). */
  static long mixed(long number) {
    long z = number;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static long gram(long[] words, int first, int length) {
    long hash = length;
    for (int i = first; i < first + length; i++) {
      hash = mixed(GRAM_FACTOR * hash + words[i]);
    }
    return hash;
  }

  private static long[] words(String text) {
    long[] words = new long[FIRST_ROOM];
    int count = 0;
    long hash = FNV_START;
    boolean open = false;
    int i = 0;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      boolean alone = standsAlone(point);
      // A character may end a word and be one itself.
      words = count + 2 > words.length ? Arrays.copyOf(words, 2 * words.length) : words;
      if (open && (alone || !isOfWord(point))) {
        words[count++] = mixed(hash);
        hash = FNV_START;
        open = false;
      }
      if (alone) {
        words[count++] = mixed(added(FNV_START, point));
      } else if (isOfWord(point)) {
        hash = added(hash, Character.toLowerCase(point));
        open = true;
      }
    }
    if (open) {
      words = count == words.length ? Arrays.copyOf(words, count + 1) : words;
      words[count++] = mixed(hash);
    }
    return Arrays.copyOf(words, count);
  }

  private static long added(long hash, int point) {
    long sum = hash;
    for (char unit : Character.toChars(point)) {
      sum = (sum ^ unit) * FNV_PRIME;
    }
    return sum;
  }

  private static boolean isOfWord(int point) {
    if (Character.isLetterOrDigit(point)) {
      return true;
    }
    int type = Character.getType(point);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }

  private static boolean standsAlone(int point) {
    if (point < FIRST_UNSPACED || !isOfWord(point)) {
      return false;
    }
    return switch (Character.UnicodeScript.of(point)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
      default -> false;
    };
  }
}
