package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Given.Parameters;
import dev.rankwise.datasets.template.Special.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What stands after {@code |}. */
final class Filters {
  private static final Map<String, Parameters> KNOWN = known();

  private Filters() {}

  private static Map<String, Parameters> known() {
    Map<String, Parameters> known = new HashMap<>();
    for (String alone :
        List.of(
            "upper",
            "lower",
            "title",
            "capitalize",
            "length",
            "count",
            "first",
            "last",
            "list",
            "string",
            "abs",
            "items",
            "reverse",
            "safe")) {
      known.put(alone, Parameters.NONE);
    }
    for (String open : List.of("map", "select", "reject", "selectattr", "rejectattr")) {
      known.put(open, Parameters.OPEN);
    }
    known.put("trim", Parameters.named("chars"));
    known.put("join", Parameters.named("d", "attribute"));
    known.put("default", Parameters.named("default_value", "boolean"));
    known.put("d", Parameters.named("default_value", "boolean"));
    known.put("int", Parameters.named("default", "base"));
    known.put("float", Parameters.named("default"));
    known.put("round", Parameters.named("precision", "method"));
    known.put("tojson", Parameters.named("ensure_ascii", "indent", "separators", "sort_keys"));
    known.put("sort", Parameters.named("reverse", "case_sensitive", "attribute"));
    known.put("unique", Parameters.named("case_sensitive", "attribute"));
    known.put("replace", Parameters.named("old", "new", "count"));
    known.put("indent", Parameters.named("width", "first", "blank"));
    known.put("sum", Parameters.named("attribute", "start"));
    known.put("min", Parameters.named("case_sensitive", "attribute"));
    known.put("max", Parameters.named("case_sensitive", "attribute"));
    known.put("dictsort", Parameters.named("case_sensitive", "by", "reverse"));
    return known;
  }

  static void require(String name, Expression.Arguments given, int line) {
    Parameters parameters = KNOWN.get(name);
    if (parameters == null) {
      throw TemplateException.outside(line, "the filter " + name);
    }
    parameters.require("the filter " + name, given, line);
  }

  /** Applies a filter that is known. */
  static Object apply(String name, Object value, Given given, Budget budget) {
    budget.step();
    return switch (name) {
      case "default", "d" -> defaulted(value, given);
      case "string" -> budget.made(Values.printed(value, budget));
      case "safe" -> value;
      case "tojson" -> budget.made(JsonText.of(value, given, budget));
      case "trim", "upper", "lower", "title", "capitalize", "replace", "indent" ->
          ofText(name, text(value, budget), given, budget);
      case "int", "float", "abs", "round" -> Numbers.filtered(name, value, given);
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
        value instanceof Undefined || (given.holds(1, "boolean") && !Values.isTrue(value));
    return absent ? given.get(0, "default_value", "") : value;
  }

  private static String ofText(String name, String text, Given given, Budget budget) {
    return switch (name) {
      case "trim" -> Methods.stripped("strip", text, given.get(0, "chars", null));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> title(text);
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

  /** Each word with a large first letter, as the filter has it: the method ends words otherwise. */
  private static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (int point : text.codePoints().toArray()) {
      boolean parts = "-({[<".indexOf(point) >= 0 || PythonText.isSpace(point);
      String letter = Character.toString(point);
      title.append(
          inWord || parts ? letter.toLowerCase(Locale.ROOT) : letter.toUpperCase(Locale.ROOT));
      inWord = !parts;
    }
    return title.toString();
  }

  private static String indented(String text, Given given, Budget budget) {
    Object width = given.get(0, "width", 4L);
    long blanks = width instanceof String ? 0 : Math.max(0, Numbers.whole(width));
    budget.text(blanks);
    String indent = width instanceof String words ? words : " ".repeat((int) blanks);
    boolean first = given.holds(1, "first");
    boolean blank = given.holds(2, "blank");
    StringBuilder indented = new StringBuilder(first ? indent : "");
    // As Jinja does: all of Python's line ends count, and each becomes the usual one.
    List<Object> lines = PythonText.lines(text.concat("\n"), false);
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      if (i > 0) {
        indented.append('\n').append(blank || !line.isEmpty() ? indent : "");
      }
      indented.append(line);
      budget.growing(indented);
    }
    return budget.made(indented.toString());
  }

  private static Object ofItems(String name, Object value, Given given, Budget budget) {
    return switch (name) {
      case "length", "count" -> length(value);
      case "items" -> value instanceof Undefined ? List.of() : pairs(value, budget);
      case "dictsort" -> sortedPairs(pairs(value, budget), given, budget);
      default -> {
        List<Object> items = Values.items(value, budget);
        yield switch (name) {
          case "list" -> new ArrayList<>(items);
          case "first" -> items.isEmpty() ? new Undefined("first") : items.get(0);
          case "last" -> items.isEmpty() ? new Undefined("last") : items.get(items.size() - 1);
          case "join" -> joined(items, given, budget);
          case "map" -> mapped(items, given, budget);
          case "select", "reject" -> selected(name.equals("select"), items, given, budget);
          case "selectattr", "rejectattr" ->
              selectedBy(name.equals("selectattr"), items, given, budget);
          case "sort" ->
              sorted(
                  items,
                  order(given, 1, given.get(2, "attribute", null), budget),
                  given.holds(0, "reverse"));
          case "reverse" -> reversed(value, items);
          case "unique" -> unique(items, given, budget);
          case "sum" -> sum(items, given);
          default -> extreme(name, items, given, budget);
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
      value = Evaluator.item(value, name);
    }
    return value;
  }

  private static List<Object> mapped(List<Object> items, Given given, Budget budget) {
    Object attribute = given.named().get("attribute");
    boolean filters = !given.positional().isEmpty() || attribute == null;
    String filter = filters ? Values.text(given.need(0, "filter")) : "";
    if (filters) {
      Parameters parameters = KNOWN.get(filter);
      if (parameters == null) {
        throw TemplateException.fault("the filter \"map\" applies no known filter");
      }
      parameters.require("the filter " + filter, given.from(1));
    } else {
      Parameters.named("attribute", "default").require("the filter map", given);
    }
    List<Object> mapped = new ArrayList<>();
    for (Object item : items) {
      if (filters) {
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
      Parameters.NONE.require("a selection without a test", given);
      return Values.isTrue(value);
    }
    String test = sign(Values.text(given.positional().get(0)));
    if (!ValueTests.isKnown(test)) {
      throw TemplateException.fault("a selection asks for no known test");
    }
    ValueTests.parameters(test).require("the test " + test, given.from(1));
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

  private static Comparator<Object> order(Given given, int place, Object attribute, Budget budget) {
    boolean distinguishes = given.holds(place, "case_sensitive");
    return (left, right) -> {
      budget.step();
      Object one = attribute == null ? left : attribute(left, attribute);
      Object other = attribute == null ? right : attribute(right, attribute);
      return Values.compare(
          distinguishes ? one : small(one), distinguishes ? other : small(other), budget);
    };
  }

  private static Object small(Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  private static List<Object> sorted(
      List<Object> items, Comparator<Object> order, boolean reverses) {
    List<Object> sorted = new ArrayList<>(items);
    // Equal items keep their order, in reverse too.
    sorted.sort(reverses ? order.reversed() : order);
    return sorted;
  }

  private static List<Object> sortedPairs(List<Object> pairs, Given given, Budget budget) {
    Object by = given.get(1, "by", "key");
    if (!"key".equals(by) && !"value".equals(by)) {
      throw TemplateException.fault("dictsort goes by neither \"key\" nor \"value\"");
    }
    return sorted(
        pairs, order(given, 0, by.equals("key") ? 0L : 1L, budget), given.holds(2, "reverse"));
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

  private static List<Object> unique(List<Object> items, Given given, Budget budget) {
    Object attribute = given.get(1, "attribute", null);
    boolean distinguishes = given.holds(0, "case_sensitive");
    Map<Object, Object> unique = new LinkedHashMap<>();
    for (Object item : items) {
      budget.step();
      Object value = attribute == null ? item : attribute(item, attribute);
      unique.putIfAbsent(Values.key(distinguishes ? value : small(value)), item);
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

  private static Object extreme(String name, List<Object> items, Given given, Budget budget) {
    if (items.isEmpty()) {
      return new Undefined(name);
    }
    Comparator<Object> order = order(given, 0, given.get(1, "attribute", null), budget);
    Object extreme = items.get(0);
    for (Object item : items) {
      int compared = order.compare(item, extreme);
      extreme = (name.equals("min") ? compared < 0 : compared > 0) ? item : extreme;
    }
    return extreme;
  }
}
