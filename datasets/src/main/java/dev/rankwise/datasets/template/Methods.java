package dev.rankwise.datasets.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The methods of texts and dictionaries that do not change them. */
final class Methods {
  private static final Set<String> OF_TEXTS =
      Set.of(
          "strip",
          "lstrip",
          "rstrip",
          "split",
          "rsplit",
          "splitlines",
          "startswith",
          "endswith",
          "upper",
          "lower",
          "title",
          "capitalize",
          "replace",
          "find",
          "count",
          "join",
          "isdigit",
          "isspace");
  private static final Set<String> OF_DICTIONARIES = Set.of("items", "keys", "values", "get");
  private static final Set<String> OF_LOOPS = Set.of("cycle");

  private Methods() {}

  static void require(String name, int line) {
    if (!OF_TEXTS.contains(name) && !OF_DICTIONARIES.contains(name) && !OF_LOOPS.contains(name)) {
      throw TemplateException.outside(line, "the method " + name);
    }
  }

  static Object call(String name, Object of, Given given, Budget budget) {
    if (of instanceof Map<?, ?> map && OF_DICTIONARIES.contains(name)) {
      return ofDictionary(name, map, given, budget);
    }
    if (of instanceof String text && OF_TEXTS.contains(name)) {
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
      case "splitlines" -> new ArrayList<Object>(text.lines().toList());
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
    List<Object> parts = new ArrayList<>();
    if (separator == null) {
      if (most >= 0) {
        throw TemplateException.fault("split takes a limit only beside a separator");
      }
      for (String part : PythonText.strip(text).split("[\\s\\x1c-\\x1f\\x85\\xa0]+", -1)) {
        if (!part.isEmpty()) {
          parts.add(part);
        }
      }
      return parts;
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
