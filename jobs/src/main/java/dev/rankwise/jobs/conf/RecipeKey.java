package dev.rankwise.jobs.conf;

import java.util.Objects;
import java.util.Optional;

/**
 * One key of a recipe.
 *
 * @param name section, dot, dashed words
 * @param type what values it takes
 * @param unit what a number counts; empty for none
 * @param fallback the value where nothing is given; null for none
 * @param otherwise what holds where nothing is given and there is no one value; empty for nothing
 * @param meaning one sentence for the documentation, without its full stop
 * @param influence whether the bytes of an adapter depend on it directly: what acts through the
 *     base or the prepared data is hashed there
 * @param method the one method that reads it; empty for a key that is not a method's own
 */
record RecipeKey(
    String name,
    KeyType type,
    String unit,
    Object fallback,
    String otherwise,
    String meaning,
    Influence influence,
    Optional<String> method) {

  /** Whether the bytes of an adapter depend on a key. */
  enum Influence {
    NONE,
    ALWAYS,
    /** A run that leaves the default is the same run as before there was such a key. */
    UNLESS_DEFAULT
  }

  /** A key without a default, a unit and an influence on bits. */
  static RecipeKey of(String name, KeyType type, String meaning) {
    return new RecipeKey(name, type, "", null, "", meaning, Influence.NONE, Optional.empty());
  }

  RecipeKey in(String counted) {
    return new RecipeKey(name, type, counted, fallback, otherwise, meaning, influence, method);
  }

  RecipeKey byDefault(Object value) {
    return new RecipeKey(name, type, unit, value, otherwise, meaning, influence, method);
  }

  RecipeKey otherwise(String words) {
    return new RecipeKey(name, type, unit, fallback, words, meaning, influence, method);
  }

  /** A key of one method alone, which the documentation names before its meaning. */
  RecipeKey of(String only) {
    return new RecipeKey(
        name,
        type,
        unit,
        fallback,
        otherwise,
        "`%s`: %s".formatted(only, meaning),
        influence,
        Optional.of(only));
  }

  /**
   * Whether a value does nothing, since another method than the key's own is asked for.
   *
   * @param asked name of that method
   * @param value what is given, or null
   */
  boolean isWithoutEffect(String asked, Object value) {
    return !isDefault(value) && method.filter(own -> !own.equals(asked)).isPresent();
  }

  /** Whether a value, or null, is what holds where nothing is given. */
  boolean isDefault(Object value) {
    return Objects.equals(value, fallback);
  }

  RecipeKey decidingBits() {
    return new RecipeKey(name, type, unit, fallback, otherwise, meaning, Influence.ALWAYS, method);
  }

  RecipeKey decidingBitsUnlessDefault() {
    return new RecipeKey(
        name, type, unit, fallback, otherwise, meaning, Influence.UNLESS_DEFAULT, method);
  }

  /**
   * Whether the key is told where a run says what its bytes depend on.
   *
   * @param value what it is set to, or null
   */
  boolean decidesBits(Object value) {
    return switch (influence) {
      case NONE -> false;
      case ALWAYS -> true;
      case UNLESS_DEFAULT -> !isDefault(value);
    };
  }

  /** The part before the dot. */
  String section() {
    return name.substring(0, name.indexOf('.'));
  }

  /** The part after the dot. */
  String shortName() {
    return name.substring(name.indexOf('.') + 1);
  }

  /** The value where nothing is given. */
  Optional<Object> defaultValue() {
    return Optional.ofNullable(fallback);
  }
}
