package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Given.Parameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The methods of texts and dictionaries that do not change them. */
final class Methods {
  private static final Map<String, Parameters> OF_TEXTS = ofTexts();
  private static final Map<String, Parameters> OF_DICTIONARIES =
      Map.of(
          "items", Parameters.NONE,
          "keys", Parameters.NONE,
          "values", Parameters.NONE,
          "get", Parameters.placed("key", "default"));
  private static final Map<String, Parameters> OF_LOOPS = Map.of("cycle", Parameters.OPEN);

  /** What Python's dictionaries have; true of those that transformers' sandbox lets be seen. */
  private static final Map<String, Boolean> ALL_OF_DICTIONARIES =
      members("copy fromkeys get items keys values", "clear pop popitem setdefault update");

  private static final Map<String, Boolean> ALL_OF_LISTS =
      members("copy count index", "append clear extend insert pop remove reverse sort");

  private static final Map<String, Boolean> ALL_OF_TEXTS =
      members(
          "capitalize casefold center count encode endswith expandtabs find format format_map index"
              + " isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric"
              + " isprintable isspace istitle isupper join ljust lower lstrip maketrans partition"
              + " removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split"
              + " splitlines startswith strip swapcase title translate upper zfill",
          "");

  private Methods() {}

  private static Map<String, Boolean> members(String seen, String hidden) {
    Map<String, Boolean> members = new HashMap<>();
    PythonText.split(hidden).forEach(name -> members.put((String) name, false));
    PythonText.split(seen).forEach(name -> members.put((String) name, true));
    return members;
  }

  /**
   * The method that a member of a value is in Python, where the member is not called; {@code
   * undefined} if it would change the value; null if it is none.
   */
  static Special uncalled(Object of, String name) {
    Map<String, Boolean> members =
        of instanceof Map
            ? ALL_OF_DICTIONARIES
            : of instanceof List ? ALL_OF_LISTS : of instanceof String ? ALL_OF_TEXTS : Map.of();
    Boolean seen = members.get(name);
    if (seen == null) {
      return null;
    }
    return seen ? new Special.Method(name) : new Special.Undefined(name);
  }

  private static Map<String, Parameters> ofTexts() {
    Map<String, Parameters> known = new HashMap<>();
    for (String alone : List.of("upper", "lower", "title", "capitalize", "isdigit", "isspace")) {
      known.put(alone, Parameters.NONE);
    }
    for (String strip : List.of("strip", "lstrip", "rstrip")) {
      known.put(strip, Parameters.placed("chars"));
    }
    known.put("split", Parameters.named("sep", "maxsplit"));
    known.put("rsplit", Parameters.named("sep", "maxsplit"));
    known.put("splitlines", Parameters.named("keepends"));
    known.put("startswith", Parameters.placed("prefix"));
    known.put("endswith", Parameters.placed("suffix"));
    known.put("replace", Parameters.placed("old", "new", "count"));
    known.put("find", Parameters.placed("sub"));
    known.put("count", Parameters.placed("sub"));
    known.put("join", Parameters.placed("items"));
    return known;
  }

  static void require(String name, Expression.Arguments given, int line) {
    for (Map<String, Parameters> known : List.of(OF_TEXTS, OF_DICTIONARIES, OF_LOOPS)) {
      if (known.containsKey(name)) {
        known.get(name).require("the method " + name, given, line);
        return;
      }
    }
    throw TemplateException.outside(line, "the method " + name);
  }

  static Object call(String name, Object of, Given given, Budget budget) {
    if (of instanceof Map<?, ?> map && OF_DICTIONARIES.containsKey(name)) {
      return ofDictionary(name, map, given, budget);
    }
    if (of instanceof String text && OF_TEXTS.containsKey(name)) {
      budget.text(text.length());
      return ofText(name, text, given, budget);
    }
    if (of instanceof List<?> list && name.equals("count")) {
      long count = 0;
      for (Object item : list) {
        count += Values.areEqual(item, given.need(0, "value"), budget) ? 1 : 0;
      }
      return count;
    }
    throw TemplateException.fault(Values.kind(of) + " has no method " + name);
  }

  private static Object ofDictionary(String name, Map<?, ?> map, Given given, Budget budget) {
    return switch (name) {
      case "items" -> Functions.pairs(map, budget);
      case "keys" -> Values.items(map, budget);
      case "values" -> {
        budget.items(map.size());
        yield new ArrayList<Object>(map.values());
      }
      default -> {
        Object key = Values.key(given.need(0, "key"));
        yield map.containsKey(key) ? map.get(key) : given.get(1, "default", null);
      }
    };
  }

  private static Object ofText(String name, String text, Given given, Budget budget) {
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> stripped(name, text, given.get(0, "chars", null));
      case "split", "rsplit" -> split(name, text, given, budget);
      case "splitlines" -> PythonText.lines(text, given.holds(0, "keepends"));
      case "startswith" -> starts(text, given.need(0, "prefix"));
      case "endswith" -> ends(text, given.need(0, "suffix"));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> title(text);
      case "capitalize" -> capitalized(text);
      case "replace" ->
          replaced(
              text,
              Values.text(given.need(0, "old")),
              Values.text(given.need(1, "new")),
              Numbers.whole(given.get(2, "count", -1L)),
              budget);
      case "find" -> {
        int at = text.indexOf(Values.text(given.need(0, "sub")));
        yield (long) (at < 0 ? at : text.codePointCount(0, at));
      }
      case "count" -> occurrences(text, Values.text(given.need(0, "sub")));
      case "join" -> joined(text, Values.items(given.need(0, "items"), budget), budget);
      case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      default -> !text.isEmpty() && PythonText.strip(text).isEmpty();
    };
  }

  static String stripped(String name, String text, Object characters) {
    int start = 0;
    int end = text.length();
    String set = characters == null ? null : Values.text(characters);
    while (!name.equals("rstrip") && start < end && strips(set, text.charAt(start))) {
      start++;
    }
    while (!name.equals("lstrip") && end > start && strips(set, text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean strips(String set, char c) {
    return set == null ? PythonText.isSpace(c) : set.indexOf(c) >= 0;
  }

  private static boolean starts(String text, Object prefix) {
    if (prefix instanceof List<?> any) {
      return any.stream().anyMatch(one -> text.startsWith(Values.text(one)));
    }
    return text.startsWith(Values.text(prefix));
  }

  private static boolean ends(String text, Object suffix) {
    if (suffix instanceof List<?> any) {
      return any.stream().anyMatch(one -> text.endsWith(Values.text(one)));
    }
    return text.endsWith(Values.text(suffix));
  }

  private static List<Object> split(String name, String text, Given given, Budget budget) {
    Object separator = given.get(0, "sep", null);
    long most = Numbers.whole(given.get(1, "maxsplit", -1L));
    if (separator == null) {
      if (most >= 0) {
        throw TemplateException.fault("split takes a limit only beside a separator");
      }
      return PythonText.split(text);
    }
    String by = Values.text(separator);
    if (by.isEmpty()) {
      throw TemplateException.fault("split has an empty separator");
    }
    return name.equals("split")
        ? splitFromStart(text, by, most, budget)
        : splitFromEnd(text, by, most, budget);
  }

  private static List<Object> splitFromStart(String text, String by, long most, Budget budget) {
    List<Object> parts = new ArrayList<>();
    int start = 0;
    int at = text.indexOf(by);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      budget.step();
      parts.add(text.substring(start, at));
      start = at + by.length();
      at = text.indexOf(by, start);
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static List<Object> splitFromEnd(String text, String by, long most, Budget budget) {
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    int at = text.lastIndexOf(by);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      budget.step();
      parts.add(text.substring(at + by.length(), end));
      end = at;
      at = at == 0 ? -1 : text.lastIndexOf(by, at - by.length());
    }
    parts.add(text.substring(0, end));
    java.util.Collections.reverse(parts);
    return parts;
  }

  static String replaced(String text, String old, String by, long most, Budget budget) {
    if (old.isEmpty()) {
      throw TemplateException.fault("replace looks for an empty text");
    }
    StringBuilder replaced = new StringBuilder();
    int start = 0;
    int at = text.indexOf(old);
    for (long done = 0; at >= 0 && (most < 0 || done < most); done++) {
      replaced.append(text, start, at).append(by);
      budget.growing(replaced);
      start = at + old.length();
      at = text.indexOf(old, start);
    }
    return budget.made(replaced.append(text, start, text.length()).toString());
  }

  private static long occurrences(String text, String part) {
    long count = 0;
    int at = part.isEmpty() ? -1 : text.indexOf(part);
    while (at >= 0) {
      count++;
      at = text.indexOf(part, at + part.length());
    }
    return count;
  }

  static String joined(String by, List<Object> items, Budget budget) {
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      joined.append(i == 0 ? "" : by).append(Values.printed(items.get(i), budget));
      budget.growing(joined);
    }
    return budget.made(joined.toString());
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      title.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return title.toString();
  }
}
