package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.LoopState;
import dev.rankwise.datasets.template.Special.Macro;
import dev.rankwise.datasets.template.Special.Namespace;
import dev.rankwise.datasets.template.Special.Undefined;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The values of a template, with Python's meanings: null for none, {@link Boolean}, {@link Long},
 * {@link Double}, {@link String}, {@link List} for lists ({@link Tuple} for tuples), {@link Map}
 * for dictionaries, {@link Undefined}, and what only the interpreter makes ({@link Namespace},
 * {@link LoopState}, {@link Macro}, {@link Special.Method}). Lists and dictionaries are never
 * changed. No method of Java's that goes through a value as a whole is ever called on one: their
 * depth is the template's to choose.
 */
final class Values {
  private static final int MOST_LEVELS = 100;

  private Values() {}

  /** A tuple: a list that prints in round brackets and equals no list. */
  static final class Tuple extends AbstractList<Object> {
    private final List<Object> items;

    Tuple(List<Object> items) {
      this.items = items;
    }

    @Override
    public Object get(int place) {
      return items.get(place);
    }

    @Override
    public int size() {
      return items.size();
    }
  }

  /** Items of the same kind of list as {@code like}. */
  static List<Object> alike(List<?> like, List<Object> items) {
    return like instanceof Tuple ? new Tuple(items) : items;
  }

  static boolean isTrue(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    }
    if (value instanceof Boolean truth) {
      return truth;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return !Numbers.isNumber(value) || Numbers.decimal(value) != 0;
  }

  /** What a value is called in messages; never what it holds. */
  static String kind(Object value) {
    if (value == null) {
      return "none";
    }
    if (value instanceof Undefined undefined) {
      return "the undefined \"" + undefined.name() + "\"";
    }
    if (value instanceof Boolean) {
      return "a truth value";
    }
    if (Numbers.isNumber(value)) {
      return "a number";
    }
    if (value instanceof String) {
      return "a text";
    }
    if (value instanceof List) {
      return "a list";
    }
    return value instanceof Map ? "a dictionary" : "an object";
  }

  static String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw mismatch(value, "a text");
  }

  static TemplateException mismatch(Object value, String wanted) {
    return TemplateException.fault(kind(value) + " stands where " + wanted + " is needed");
  }

  /** The items of a value: those of a list, the keys of a dictionary, the characters of a text. */
  static List<Object> items(Object value, Budget budget) {
    if (value instanceof Undefined) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      budget.items(list.size());
      return list(list);
    }
    if (value instanceof Map<?, ?> map) {
      budget.items(map.size());
      return new ArrayList<>(map.keySet());
    }
    if (value instanceof String text) {
      budget.items(text.length());
      List<Object> characters = new ArrayList<>();
      text.codePoints().forEach(point -> characters.add(Character.toString(point)));
      return characters;
    }
    throw mismatch(value, "a list");
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(List<?> list) {
    // Lists hold whatever values there are, and nobody writes to one.
    return (List<Object>) list;
  }

  static boolean areEqual(Object left, Object right, Budget budget) {
    return areEqual(left, right, budget, 0);
  }

  private static boolean areEqual(Object left, Object right, Budget budget, int level) {
    budget.step();
    requireShallow(level);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      boolean decimals = left instanceof Double || right instanceof Double;
      return decimals
          ? Numbers.decimal(left) == Numbers.decimal(right)
          : Numbers.whole(left) == Numbers.whole(right);
    }
    if (left instanceof String one && right instanceof String other) {
      budget.text(Math.min(one.length(), other.length()));
      return one.equals(other);
    }
    if (left instanceof List<?> one && right instanceof List<?> other) {
      boolean equal = one.size() == other.size() && one instanceof Tuple == other instanceof Tuple;
      for (int i = 0; equal && i < one.size(); i++) {
        equal = areEqual(one.get(i), other.get(i), budget, level + 1);
      }
      return equal;
    }
    if (left instanceof Map<?, ?> one && right instanceof Map<?, ?> other) {
      boolean equal = one.size() == other.size();
      for (Map.Entry<?, ?> entry : one.entrySet()) {
        equal =
            equal
                && other.containsKey(entry.getKey())
                && areEqual(entry.getValue(), other.get(entry.getKey()), budget, level + 1);
      }
      return equal;
    }
    if (left instanceof Undefined) {
      return right instanceof Undefined;
    }
    return left == right;
  }

  /** The order of two numbers or two texts. */
  static int compare(Object left, Object right, Budget budget) {
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      boolean decimals = left instanceof Double || right instanceof Double;
      return decimals
          ? Double.compare(Numbers.decimal(left), Numbers.decimal(right))
          : Long.compare(Numbers.whole(left), Numbers.whole(right));
    }
    if (left instanceof String one && right instanceof String other) {
      budget.text(Math.min(one.length(), other.length()));
      return one.compareTo(other);
    }
    throw TemplateException.fault("%s and %s have no order".formatted(kind(left), kind(right)));
  }

  static boolean isIn(Object item, Object container, Budget budget) {
    if (container instanceof String text) {
      budget.text(text.length());
      return text.contains(text(item));
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(key(item));
    }
    for (Object other : items(container, budget)) {
      if (areEqual(item, other, budget)) {
        return true;
      }
    }
    return false;
  }

  /** A value as the key of a dictionary: a text, a number, a truth value or none. */
  static Object key(Object value) {
    if (value == null || value instanceof String || Numbers.isNumber(value)) {
      return value;
    }
    throw mismatch(value, "a key");
  }

  /** The value as an output prints it. */
  static String printed(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Undefined) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    show(value, text, budget, 0);
    return text.toString();
  }

  private static void show(Object value, StringBuilder text, Budget budget, int level) {
    budget.growing(text);
    requireShallow(level);
    if (value == null) {
      text.append("None");
    } else if (value instanceof Boolean truth) {
      text.append(truth ? "True" : "False");
    } else if (value instanceof Double number) {
      text.append(Numbers.text(number));
    } else if (value instanceof Long number) {
      text.append(number.longValue());
    } else if (value instanceof String words) {
      text.append(budget.made(PythonText.quoted(words)));
    } else if (value instanceof List<?> list) {
      boolean tuple = list instanceof Tuple;
      text.append(tuple ? '(' : '[');
      String comma = "";
      for (Object item : list) {
        text.append(comma);
        show(item, text, budget, level + 1);
        comma = ", ";
      }
      text.append(tuple && list.size() == 1 ? "," : "").append(tuple ? ')' : ']');
    } else if (value instanceof Map<?, ?> map) {
      text.append('{');
      String comma = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        text.append(comma);
        show(entry.getKey(), text, budget, level + 1);
        text.append(": ");
        show(entry.getValue(), text, budget, level + 1);
        comma = ", ";
      }
      text.append('}');
    } else {
      throw mismatch(value, "a value that can be printed");
    }
  }

  static void requireShallow(int level) {
    if (level > MOST_LEVELS) {
      throw TemplateException.bound("a value nests deeper than " + MOST_LEVELS + " levels");
    }
  }
}
