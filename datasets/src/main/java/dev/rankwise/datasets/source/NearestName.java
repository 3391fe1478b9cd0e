package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the name that a misspelt column was meant to be, and words the failure. */
final class NearestName {
  private static final int MOST_NAMES_SHOWN = 30;

  private NearestName() {}

  /** Fails unless every wanted column is present. */
  static void requireColumns(
      Collection<String> wanted, Collection<String> present, String location) {
    for (String column : wanted) {
      if (!present.contains(column)) {
        throw new DataException(
            "Cannot read column \""
                + column
                + "\" of "
                + location
                + ": the columns there are "
                + listing(present)
                + "; "
                + nearest(column, present)
                    .map(name -> "did you mean \"" + name + "\"?")
                    .orElse("name one of them in the recipe"));
      }
    }
  }

  /**
   * The closest of {@code names} by Levenshtein distance, letter case set aside, if at most a third
   * of the letters (and at least two) differ; the first of equals.
   */
  static Optional<String> nearest(String wanted, Collection<String> names) {
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

  private static String listing(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String shown =
        names.stream()
            .limit(MOST_NAMES_SHOWN)
            .map(name -> "\"" + name + "\"")
            .collect(Collectors.joining(", "));
    int left = names.size() - MOST_NAMES_SHOWN;
    return left > 0 ? shown + " and " + left + " more" : shown;
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
