package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Namespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The functions that a template may call by name. */
final class Functions {
  private static final Set<String> KNOWN = Set.of("range", "namespace", "dict", "raise_exception");

  private Functions() {}

  static boolean isKnown(String name) {
    return KNOWN.contains(name);
  }

  static Object call(String name, Given given, Budget budget, int line) {
    return switch (name) {
      case "range" -> range(given, budget);
      case "namespace" -> new Namespace(named(given));
      case "dict" -> new LinkedHashMap<Object, Object>(named(given));
      case "raise_exception" ->
          throw new TemplateException(
              TemplateException.Kind.REFUSED, "it refuses the conversation");
      default -> throw TemplateException.outside(line, "the function " + name);
    };
  }

  private static Map<String, Object> named(Given given) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (Object value : given.positional()) {
      if (!(value instanceof Map<?, ?> map)) {
        throw Values.mismatch(value, "a dictionary");
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        named.put(Values.text(entry.getKey()), entry.getValue());
      }
    }
    named.putAll(given.named());
    return named;
  }

  private static Object range(Given given, Budget budget) {
    int count = given.positional().size();
    if (count < 1 || count > 3 || !given.named().isEmpty()) {
      throw TemplateException.fault("range takes one to three numbers");
    }
    long start = count == 1 ? 0 : Numbers.whole(given.positional().get(0));
    long stop = Numbers.whole(given.positional().get(count == 1 ? 0 : 1));
    long step = count == 3 ? Numbers.whole(given.positional().get(2)) : 1;
    if (step == 0) {
      throw TemplateException.fault("range has steps of 0");
    }
    List<Object> numbers = new ArrayList<>();
    try {
      for (long i = start; step > 0 ? i < stop : i > stop; i = Math.addExact(i, step)) {
        if (numbers.size() == TemplateBounds.RANGE_ITEMS) {
          throw TemplateException.bound(
              "a range has more than " + TemplateBounds.RANGE_ITEMS + " numbers");
        }
        budget.step();
        numbers.add(i);
      }
    } catch (ArithmeticException beyond) {
      return numbers;
    }
    return numbers;
  }

  /** The pairs of a dictionary, as tuples. */
  static List<Object> pairs(Map<?, ?> map, Budget budget) {
    budget.items(map.size());
    List<Object> pairs = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      List<Object> pair = new ArrayList<>();
      pair.add(entry.getKey());
      pair.add(entry.getValue());
      pairs.add(new Values.Tuple(pair));
    }
    return pairs;
  }
}
