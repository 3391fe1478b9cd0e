package dev.rankwise.jobs.conf;

import dev.rankwise.models.failure.NearestName;
import java.util.List;
import java.util.Optional;

/** Finds the key that a name in a recipe means. */
final class KeyNames {
  private static final String SPARK_PREFIX = RecipeKeys.SPARK + ".";

  private KeyNames() {}

  /** Whether the name is that of a section. */
  static boolean isSection(String path) {
    return RecipeKeys.sections().containsKey(path);
  }

  /** Whether the name lies among Spark's own settings. */
  static boolean isSpark(String path) {
    return path.startsWith(SPARK_PREFIX);
  }

  /** The full name of a setting of Spark's, which may repeat the name of the section. */
  static String sparkName(String path) {
    return path.startsWith(SPARK_PREFIX + SPARK_PREFIX)
        ? path.substring(SPARK_PREFIX.length())
        : path;
  }

  /**
   * The key meant by a name, in our spelling or in another's: at the top of the file, or in the
   * section of the key that it stands for.
   */
  static Optional<RecipeKey> meant(String path) {
    Optional<RecipeKey> own = RecipeKeys.named(path);
    if (own.isPresent()) {
      return own;
    }
    Optional<RecipeKey> foreign =
        ForeignKeys.keyOf(lastPart(path))
            .filter(key -> fits(path, key.substring(0, key.indexOf('.'))))
            .flatMap(RecipeKeys::named);
    return foreign.isPresent() ? foreign : RecipeKeys.named(path.replace('_', '-'));
  }

  /** What to write instead of a foreign name that means nothing here. */
  static Optional<String> remedy(String path) {
    String name = lastPart(path);
    String section = path.equals(name) ? "" : path.substring(0, path.length() - name.length() - 1);
    return section.isEmpty() || isSection(section) ? ForeignKeys.remedyOf(name) : Optional.empty();
  }

  /** The key that a name that means nothing was probably meant to be. */
  static Optional<String> nearest(String path) {
    String name = lastPart(path);
    Optional<String> foreign = ForeignKeys.keyOf(name);
    if (foreign.isPresent()) {
      return foreign;
    }
    int dot = path.indexOf('.');
    if (dot < 0) {
      return inAnySection(name);
    }
    String section = path.substring(0, dot);
    if (!isSection(section)) {
      return NearestName.nearest(section, sectionNames())
          .map(found -> found + path.substring(dot))
          .flatMap(found -> meant(found).map(RecipeKey::name).or(() -> nearest(found)));
    }
    List<RecipeKey> keys = RecipeKeys.of(section);
    return NearestName.nearest(name, keys.stream().map(RecipeKey::shortName).toList())
        .map(found -> section + "." + found)
        .or(() -> sameNameElsewhere(name));
  }

  static String lastPart(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private static boolean fits(String path, String section) {
    String name = lastPart(path);
    return path.equals(name) || path.equals(section + "." + name);
  }

  private static Optional<String> inAnySection(String name) {
    return sameNameElsewhere(name)
        .or(() -> NearestName.nearest(name, sectionNames()))
        .or(
            () ->
                NearestName.nearest(name, ForeignKeys.readAsOurs().keySet())
                    .flatMap(ForeignKeys::keyOf))
        .or(
            () ->
                NearestName.nearest(
                        name, RecipeKeys.all().stream().map(RecipeKey::shortName).toList())
                    .flatMap(KeyNames::sameNameElsewhere));
  }

  private static Optional<String> sameNameElsewhere(String name) {
    String dashed = name.replace('_', '-');
    return RecipeKeys.all().stream()
        .filter(key -> key.shortName().equals(dashed))
        .map(RecipeKey::name)
        .findFirst();
  }

  private static List<String> sectionNames() {
    return List.copyOf(RecipeKeys.sections().keySet());
  }
}
