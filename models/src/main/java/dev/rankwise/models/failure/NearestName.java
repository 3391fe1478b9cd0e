package dev.rankwise.models.failure;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelt one was meant to be, for the remedy in a failure's message. */
public final class NearestName {
  private NearestName() {}

  /**
   * The closest of {@code names} by Levenshtein distance, letter case set aside, if at most a third
   * of the letters (and at least two) differ; the first of equals.
   */
  public static Optional<String> nearest(String wanted, Collection<String> names) {
    int least = Math.max(2, wanted.length() / 3) + 1;
    Optional<String> nearest = Optional.empty();
    for (String name : names) {
      int distance = distance(wanted.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (distance < least && distance < wanted.length()) {
        least = distance;
        nearest = Optional.of(name);
      }
    }
    return nearest;
  }

  private static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int substituted = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substituted, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
