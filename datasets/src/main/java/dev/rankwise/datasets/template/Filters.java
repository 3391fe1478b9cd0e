package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What stands after {@code |}. */
final class Filters {
  private static final Set<String> KNOWN =
      Set.of(
          "trim",
          "upper",
          "lower",
          "title",
          "capitalize",
          "length",
          "count",
          "join",
          "default",
          "d",
          "first",
          "last",
          "list",
          "string",
          "int",
          "float",
          "abs",
          "round",
          "tojson",
          "items",
          "map",
          "select",
          "reject",
          "selectattr",
          "rejectattr",
          "sort",
          "reverse",
          "unique",
          "replace",
          "indent",
          "safe",
          "sum",
          "min",
          "max",
          "dictsort");

  private Filters() {}

  static void require(String name, int line) {
    if (!KNOWN.contains(name)) {
      throw TemplateException.outside(line, "the filter " + name);
    }
  }

  static Object apply(String name, Object value, Given given, Budget budget) {
    budget.step();
    return switch (name) {
      case "default", "d" -> defaulted(value, given);
      case "string" -> budget.made(Values.printed(value, budget));
      case "safe" -> value;
      case "tojson" -> budget.made(JsonText.of(value, given.get(0, "indent", null), budget));
      case "trim", "upper", "lower", "title", "capitalize", "replace", "indent" ->
          ofText(name, text(value, budget), given, budget);
      case "int", "float", "abs", "round" -> ofNumber(name, value, given);
      default -> ofItems(name, value, given, budget);
    };
  }

  private static String text(Object value, Budget budget) {
    String text = Values.printed(value, budget);
    budget.text(text.length());
    return text;
  }

  private static Object defaulted(Object value, Given given) {
    boolean absent =
        value instanceof Undefined
            || (Values.isTrue(given.get(1, "boolean", false)) && !Values.isTrue(value));
    return absent ? given.get(0, "default_value", "") : value;
  }

  private static String ofText(String name, String text, Given given, Budget budget) {
    return switch (name) {
      case "trim" -> Methods.stripped("strip", text, given.get(0, "chars", null));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> Methods.title(text);
      case "capitalize" -> Methods.capitalized(text);
      case "replace" ->
          Methods.replaced(
              text,
              Values.text(given.need(0, "old")),
              Values.text(given.need(1, "new")),
              Numbers.whole(given.get(2, "count", -1L)),
              budget);
      default -> indented(text, given, budget);
    };
  }

  private static String indented(String text, Given given, Budget budget) {
    Object width = given.get(0, "width", 4L);
    long blanks = width instanceof String ? 0 : Math.max(0, Numbers.whole(width));
    budget.text(blanks);
    String indent = width instanceof String words ? words : " ".repeat((int) blanks);
    boolean first = Values.isTrue(given.get(1, "first", false));
    boolean blank = Values.isTrue(given.get(2, "blank", false));
    StringBuilder indented = new StringBuilder(first ? indent : "");
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (i > 0) {
        indented.append('\n').append(blank || !lines[i].isEmpty() ? indent : "");
      }
      indented.append(lines[i]);
      budget.growing(indented);
    }
    return budget.made(indented.toString());
  }

  private static Object ofNumber(String name, Object value, Given given) {
    return switch (name) {
      case "int" -> whole(value, given.get(0, "default", 0L));
      case "float" -> decimal(value, given.get(0, "default", 0.0));
      case "abs" -> value instanceof Double number ? Math.abs(number) : absolute(value);
      default -> {
        long places = Numbers.whole(given.get(0, "precision", 0L));
        if (places < 0 || places > 15) {
          throw TemplateException.fault("round takes 0 to 15 places");
        }
        double factor = Math.pow(10, places);
        yield Math.rint(Numbers.decimal(value) * factor) / factor;
      }
    };
  }

  private static Object absolute(Object value) {
    long number = Numbers.whole(value);
    return number < 0 ? Numbers.binary("-", 0L, number) : number;
  }

  private static Object whole(Object value, Object otherwise) {
    if (value instanceof String text) {
      try {
        return (long) Double.parseDouble(PythonText.strip(text));
      } catch (NumberFormatException none) {
        return otherwise;
      }
    }
    return Numbers.isNumber(value) ? (Object) (long) Numbers.decimal(value) : otherwise;
  }

  private static Object decimal(Object value, Object otherwise) {
    if (value instanceof String text) {
      try {
        return Double.valueOf(PythonText.strip(text));
      } catch (NumberFormatException none) {
        return otherwise;
      }
    }
    return Numbers.isNumber(value) ? (Object) Numbers.decimal(value) : otherwise;
  }

  private static Object ofItems(String name, Object value, Given given, Budget budget) {
    return switch (name) {
      case "length", "count" -> length(value);
      case "items" -> value instanceof Undefined ? List.of() : pairs(value, budget);
      case "dictsort" -> sorted(pairs(value, budget), Given.NOTHING, 0L, budget);
      default -> {
        List<Object> items = Values.items(value, budget);
        yield switch (name) {
          case "list" -> items;
          case "first" -> items.isEmpty() ? new Undefined("first") : items.get(0);
          case "last" -> items.isEmpty() ? new Undefined("last") : items.get(items.size() - 1);
          case "join" -> joined(items, given, budget);
          case "map" -> mapped(items, given, budget);
          case "select", "reject" -> selected(name.equals("select"), items, given, budget);
          case "selectattr", "rejectattr" ->
              selectedBy(name.equals("selectattr"), items, given, budget);
          case "sort" -> sorted(items, given, given.get(2, "attribute", null), budget);
          case "reverse" -> reversed(value, items);
          case "unique" -> unique(items, budget);
          case "sum" -> sum(items, given);
          default -> extreme(name, items, budget);
        };
      }
    };
  }

  private static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    }
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    if (value instanceof List<?> list) {
      return list.size();
    }
    if (value instanceof Undefined) {
      return 0;
    }
    throw Values.mismatch(value, "a list or a text");
  }

  private static List<Object> pairs(Object value, Budget budget) {
    if (value instanceof Map<?, ?> map) {
      return Functions.pairs(map, budget);
    }
    throw Values.mismatch(value, "a dictionary");
  }

  private static String joined(List<Object> items, Given given, Budget budget) {
    Object attribute = given.get(1, "attribute", null);
    List<Object> parts = attribute == null ? items : attributes(items, attribute);
    return Methods.joined(Values.printed(given.get(0, "d", ""), budget), parts, budget);
  }

  private static List<Object> attributes(List<Object> items, Object attribute) {
    List<Object> values = new ArrayList<>();
    for (Object item : items) {
      values.add(attribute(item, attribute));
    }
    return values;
  }

  private static Object attribute(Object item, Object attribute) {
    if (attribute instanceof Long place) {
      return Evaluator.item(item, place);
    }
    Object value = item;
    for (String name : Values.text(attribute).split("\\.", -1)) {
      value = Evaluator.member(value, name);
    }
    return value;
  }

  private static List<Object> mapped(List<Object> items, Given given, Budget budget) {
    Object attribute = given.named().get("attribute");
    List<Object> mapped = new ArrayList<>();
    for (Object item : items) {
      if (attribute == null) {
        String filter = Values.text(given.need(0, "filter"));
        if (!KNOWN.contains(filter)) {
          throw TemplateException.fault("the filter \"map\" applies no known filter");
        }
        mapped.add(budget.nested(() -> apply(filter, item, given.from(1), budget)));
      } else {
        Object value = attribute(item, attribute);
        boolean absent = value instanceof Undefined && given.named().containsKey("default");
        mapped.add(absent ? given.named().get("default") : value);
      }
    }
    return mapped;
  }

  private static List<Object> selected(
      boolean wanted, List<Object> items, Given given, Budget budget) {
    List<Object> selected = new ArrayList<>();
    for (Object item : items) {
      if (passes(item, given, budget) == wanted) {
        selected.add(item);
      }
    }
    return selected;
  }

  private static List<Object> selectedBy(
      boolean wanted, List<Object> items, Given given, Budget budget) {
    Object attribute = given.need(0, "attribute");
    List<Object> selected = new ArrayList<>();
    for (Object item : items) {
      if (passes(attribute(item, attribute), given.from(1), budget) == wanted) {
        selected.add(item);
      }
    }
    return selected;
  }

  private static boolean passes(Object value, Given given, Budget budget) {
    if (given.positional().isEmpty()) {
      return Values.isTrue(value);
    }
    String test = sign(Values.text(given.positional().get(0)));
    if (!ValueTests.isKnown(test)) {
      throw TemplateException.fault("a selection asks for no known test");
    }
    return ValueTests.holds(test, value, given.from(1), budget);
  }

  private static String sign(String test) {
    return switch (test) {
      case "==" -> "eq";
      case "!=" -> "ne";
      case "<" -> "lt";
      case "<=" -> "le";
      case ">" -> "gt";
      case ">=" -> "ge";
      default -> test;
    };
  }

  private static List<Object> sorted(
      List<Object> items, Given given, Object attribute, Budget budget) {
    boolean ignoresCase = !Values.isTrue(given.get(1, "case_sensitive", false));
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(
        (left, right) -> {
          budget.step();
          Object one = attribute == null ? left : attribute(left, attribute);
          Object other = attribute == null ? right : attribute(right, attribute);
          return ignoresCase && one instanceof String text && other instanceof String words
              ? text.toLowerCase(Locale.ROOT).compareTo(words.toLowerCase(Locale.ROOT))
              : Values.compare(one, other, budget);
        });
    if (Values.isTrue(given.get(0, "reverse", false))) {
      Collections.reverse(sorted);
    }
    return sorted;
  }

  private static Object reversed(Object value, List<Object> items) {
    List<Object> reversed = new ArrayList<>(items);
    Collections.reverse(reversed);
    if (!(value instanceof String)) {
      return reversed;
    }
    StringBuilder text = new StringBuilder();
    reversed.forEach(text::append);
    return text.toString();
  }

  private static List<Object> unique(List<Object> items, Budget budget) {
    Map<Object, Object> unique = new LinkedHashMap<>();
    for (Object item : items) {
      budget.step();
      Object key = item instanceof String text ? text.toLowerCase(Locale.ROOT) : item;
      unique.putIfAbsent(Values.key(key), item);
    }
    return new ArrayList<>(unique.values());
  }

  private static Object sum(List<Object> items, Given given) {
    Object attribute = given.get(0, "attribute", null);
    Object sum = given.get(1, "start", 0L);
    for (Object item : items) {
      sum = Numbers.binary("+", sum, attribute == null ? item : attribute(item, attribute));
    }
    return sum;
  }

  private static Object extreme(String name, List<Object> items, Budget budget) {
    if (items.isEmpty()) {
      return new Undefined(name);
    }
    Object extreme = items.get(0);
    for (Object item : items) {
      int order = Values.compare(item, extreme, budget);
      extreme = (name.equals("min") ? order < 0 : order > 0) ? item : extreme;
    }
    return extreme;
  }
}
