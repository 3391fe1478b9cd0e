package dev.rankwise.adapters.analysis;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a module stands: in which layer, and as what.
 *
 * @param layer the first number among the parts of its path; empty where there is none
 * @param projection what follows that number, such as {@code attention.self.query}; the whole path
 *     where there is none
 */
public record ModulePlace(OptionalInt layer, String projection) {
  private static final Pattern NUMBERED = Pattern.compile("(?:^|.*?\\.)(\\d{1,6})\\.(.+)");

  /** The place of a module. */
  public static ModulePlace of(String path) {
    Matcher matcher = NUMBERED.matcher(path);
    return matcher.matches()
        ? new ModulePlace(OptionalInt.of(Integer.parseInt(matcher.group(1))), matcher.group(2))
        : new ModulePlace(OptionalInt.empty(), path);
  }
}
