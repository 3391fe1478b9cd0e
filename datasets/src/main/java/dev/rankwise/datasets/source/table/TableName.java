package dev.rankwise.datasets.source.table;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table, or the folder of one, as a recipe names it: {@code lake.db.tickets}, or with the version
 * that is meant, {@code lake.db.tickets VERSION AS OF 8433}, in the words of Spark's SQL.
 *
 * @param name the name or the path
 * @param version the snapshot, version, tag or branch; empty for what is there now
 */
public record TableName(String name, Optional<String> version) {
  private static final Pattern PINNED =
      Pattern.compile(
          "(.*\\S)\\s+VERSION\\s+AS\\s+OF\\s+'?([\\w.-]+)'?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** Takes a location apart. */
  public static TableName of(String location) {
    Matcher pinned = PINNED.matcher(location.strip());
    return pinned.matches()
        ? new TableName(pinned.group(1), Optional.of(pinned.group(2)))
        : new TableName(location.strip(), Optional.empty());
  }

  /** Whether the version is a number, and not the name of a tag or a branch. */
  boolean isNumbered() {
    return version.filter(it -> it.chars().allMatch(Character::isDigit)).isPresent();
  }
}
