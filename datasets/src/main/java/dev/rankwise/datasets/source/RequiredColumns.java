package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.NearestName;
import java.util.Collection;
import java.util.stream.Collectors;

/** Sees to it that the columns a recipe names are there, and words the failure. */
public final class RequiredColumns {
  private static final int MOST_NAMES_SHOWN = 30;

  private RequiredColumns() {}

  /** Fails unless every wanted column is present. */
  public static void require(
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
                + NearestName.nearest(column, present)
                    .map(name -> "did you mean \"" + name + "\"?")
                    .orElse("name one of them"));
      }
    }
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
}
