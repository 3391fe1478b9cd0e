package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a filter, a test, a method, a function or a macro is given.
 *
 * @param positional values without a name
 * @param named values by name
 */
record Given(List<Object> positional, Map<String, Object> named) {

  /**
   * What a filter, a test or a method can be given. Whatever else a template gives would be left
   * out of account, and so is refused before it runs.
   *
   * @param names the arguments in their order
   * @param placed how many of them, from the first, have no name that a call may use
   * @param open whether they are another filter's or test's, which looks at them itself
   */
  record Parameters(List<String> names, int placed, boolean open) {
    static final Parameters NONE = named();
    static final Parameters OPEN = new Parameters(List.of(), 0, true);

    /** Arguments that may be given by place or by name. */
    static Parameters named(String... names) {
      return new Parameters(List.of(names), 0, false);
    }

    /** Arguments that are given by place alone. */
    static Parameters placed(String... names) {
      return new Parameters(List.of(names), names.length, false);
    }

    /** The first argument that is not taken, in words. */
    Optional<String> refused(int positional, Set<String> named) {
      if (open) {
        return Optional.empty();
      }
      if (positional > names.size()) {
        return Optional.of("argument " + (names.size() + 1));
      }
      List<String> free = names.subList(Math.max(placed, positional), names.size());
      return named.stream()
          .filter(name -> !free.contains(name))
          .findFirst()
          .map(name -> "the argument \"" + name + "\"");
    }

    /** Fails, when a template is read, on an argument that is not taken. */
    void require(String of, Expression.Arguments given, int line) {
      Optional<String> refused = refused(given.positional().size(), given.named().keySet());
      if (refused.isPresent()) {
        throw TemplateException.outside(line, refused.get() + " of " + of);
      }
    }

    /** Fails, when a template runs, on an argument that is not taken. */
    void require(String of, Given given) {
      Optional<String> refused = refused(given.positional().size(), given.named().keySet());
      if (refused.isPresent()) {
        throw TemplateException.fault("%s does not take %s".formatted(of, refused.get()));
      }
    }
  }

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

  /** Whether the argument at a place is given and holds. */
  boolean holds(int place, String name) {
    return Values.isTrue(get(place, name, false));
  }

  /** The arguments from {@code place} on. */
  Given from(int place) {
    return new Given(
        positional.subList(Math.min(place, positional.size()), positional.size()), named);
  }
}
