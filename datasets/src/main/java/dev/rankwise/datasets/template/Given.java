package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Undefined;
import java.util.List;
import java.util.Map;

/**
 * What a filter, a test, a method, a function or a macro is given.
 *
 * @param positional values without a name
 * @param named values by name
 */
record Given(List<Object> positional, Map<String, Object> named) {
  static final Given NOTHING = new Given(List.of(), Map.of());

  /** The argument at a place, which may also be given by its name; null for none. */
  Object get(int place, String name, Object otherwise) {
    if (place < positional.size()) {
      return positional.get(place);
    }
    return named.containsKey(name) ? named.get(name) : otherwise;
  }

  /** The argument at a place, which must be given. */
  Object need(int place, String name) {
    Object value = get(place, name, Undefined.UNNAMED);
    if (value == Undefined.UNNAMED) {
      throw TemplateException.fault("the argument \"" + name + "\" is missing");
    }
    return value;
  }

  /** The arguments from {@code place} on. */
  Given from(int place) {
    return new Given(
        positional.subList(Math.min(place, positional.size()), positional.size()), named);
  }
}
