package dev.rankwise.jobs.conf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The values of all keys, checked one by one; what is not given is absent. */
final class RecipeValues {
  private final Map<String, Object> values;

  RecipeValues(Map<String, Object> values) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** These values with another one. */
  RecipeValues with(String key, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(values);
    changed.put(key, value);
    return new RecipeValues(changed);
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value, or null where nothing is given. */
  Object value(String key) {
    return values.get(key);
  }

  /** A text; empty where nothing is given. */
  String text(String key) {
    return (String) values.getOrDefault(key, "");
  }

  int whole(String key) {
    return Math.toIntExact(wide(key));
  }

  long wide(String key) {
    return (Long) Objects.requireNonNull(values.get(key), key);
  }

  OptionalInt optionalWhole(String key) {
    return has(key) ? OptionalInt.of(whole(key)) : OptionalInt.empty();
  }

  double number(String key) {
    return (Double) Objects.requireNonNull(values.get(key), key);
  }

  OptionalDouble optionalNumber(String key) {
    return has(key) ? OptionalDouble.of(number(key)) : OptionalDouble.empty();
  }

  boolean truth(String key) {
    return (Boolean) Objects.requireNonNull(values.get(key), key);
  }

  <E extends Enum<E>> E constant(Class<E> type, String key) {
    return Words.constant(type, text(key));
  }

  /** A list of texts; empty where nothing is given. */
  List<String> texts(String key) {
    return list(key).stream().map(String.class::cast).toList();
  }

  /** A list of whole numbers; empty where nothing is given. */
  List<Integer> wholes(String key) {
    return list(key).stream().map(number -> Math.toIntExact((Long) number)).toList();
  }

  /** A map of texts, in the order written; empty where nothing is given. */
  Map<String, String> textsByName(String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (values.get(key) instanceof Map<?, ?> map) {
      map.forEach((name, text) -> texts.put((String) name, (String) text));
    }
    return texts;
  }

  /** A map of maps, in the order written; empty where nothing is given. */
  Map<String, Map<String, Object>> settingsByName(String key) {
    Map<String, Map<String, Object>> all = new LinkedHashMap<>();
    if (values.get(key) instanceof Map<?, ?> map) {
      map.forEach(
          (name, given) -> {
            Map<String, Object> settings = new LinkedHashMap<>();
            ((Map<?, ?>) given).forEach((key2, value) -> settings.put((String) key2, value));
            all.put((String) name, settings);
          });
    }
    return all;
  }

  /** A map of numbers, in the order written; empty where nothing is given. */
  Map<String, Number> numbers(String key) {
    Map<String, Number> numbers = new LinkedHashMap<>();
    if (values.get(key) instanceof Map<?, ?> map) {
      map.forEach((name, number) -> numbers.put((String) name, (Number) number));
    }
    return numbers;
  }

  private List<?> list(String key) {
    return values.get(key) instanceof List<?> list ? list : List.of();
  }
}
