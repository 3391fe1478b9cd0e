package dev.rankwise.datasets.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values as JSON, laid out as Python's {@code json.dumps} does, letters kept as they are. */
final class JsonText {
  private static final int MOST_INDENT = 32;
  private static final int FIRST_PRINTABLE = 0x20;
  private static final int LAST_OF_ASCII = 0x7e;

  private final StringBuilder text = new StringBuilder();
  private final Budget budget;
  private final Layout layout;

  private JsonText(Layout layout, Budget budget) {
    this.layout = layout;
    this.budget = budget;
  }

  /**
   * How JSON is laid out.
   *
   * @param indent blanks for each level; all is on one line where it is negative
   * @param comma what parts items
   * @param colon what parts a key from its value
   * @param ascii whether all other letters are escaped
   * @param sorted whether keys are sorted
   */
  private record Layout(int indent, String comma, String colon, boolean ascii, boolean sorted) {
    static Layout of(Given given) {
      Object indent = given.get(1, "indent", null);
      long width = indent == null ? -1 : Numbers.whole(indent);
      if (width > MOST_INDENT) {
        throw TemplateException.fault("tojson indents by at most " + MOST_INDENT);
      }
      String comma = indent == null ? ", " : ",";
      String colon = ": ";
      Object separators = given.get(2, "separators", null);
      if (separators instanceof List<?> two && two.size() == 2) {
        comma = Values.text(two.get(0));
        colon = Values.text(two.get(1));
      } else if (separators != null) {
        throw TemplateException.fault("tojson has separators that are no pair");
      }
      return new Layout(
          (int) Math.max(width, -1),
          comma,
          colon,
          given.holds(0, "ensure_ascii"),
          given.holds(3, "sort_keys"));
    }
  }

  /** The text, as transformers' filter {@code tojson} makes it of the same arguments. */
  static String of(Object value, Given given, Budget budget) {
    JsonText json = new JsonText(Layout.of(given), budget);
    json.add(value, 0);
    return json.text.toString();
  }

  private void add(Object value, int level) {
    budget.growing(text);
    Values.requireShallow(level);
    if (value == null) {
      text.append("null");
    } else if (value instanceof String words) {
      budget.text(words.length());
      quote(words);
    } else if (value instanceof Boolean truth) {
      text.append(truth ? "true" : "false");
    } else if (value instanceof Double number) {
      text.append(Numbers.text(number));
    } else if (value instanceof Long number) {
      text.append(number.longValue());
    } else if (value instanceof List<?> list) {
      list(list, level);
    } else if (value instanceof Map<?, ?> map) {
      map(map, level);
    } else {
      throw Values.mismatch(value, "a value that JSON knows");
    }
  }

  private void list(List<?> list, int level) {
    text.append('[');
    for (int i = 0; i < list.size(); i++) {
      separate(i, level + 1);
      add(list.get(i), level + 1);
    }
    close(list.isEmpty(), level, ']');
  }

  private void map(Map<?, ?> map, int level) {
    text.append('{');
    int place = 0;
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (layout.sorted()) {
      entries.sort((one, other) -> Values.compare(one.getKey(), other.getKey(), budget));
    }
    for (Map.Entry<?, ?> entry : entries) {
      separate(place++, level + 1);
      quote(entry.getKey() instanceof String key ? key : keyText(entry.getKey()));
      text.append(layout.colon());
      add(entry.getValue(), level + 1);
    }
    close(map.isEmpty(), level, '}');
  }

  private String keyText(Object key) {
    JsonText json = new JsonText(layout, budget);
    json.add(key, 0);
    return json.text.toString();
  }

  private void separate(int place, int level) {
    if (place > 0) {
      text.append(layout.comma());
    }
    breakLine(level);
  }

  private void close(boolean empty, int level, char bracket) {
    if (!empty) {
      breakLine(level);
    }
    text.append(bracket);
  }

  private void breakLine(int level) {
    if (layout.indent() >= 0) {
      text.append('\n').append(" ".repeat(layout.indent() * level));
    }
  }

  private void quote(String words) {
    text.append('"');
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '\b' -> text.append("\\b");
        case '\f' -> text.append("\\f");
        default -> text.append(escapes(c) ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
      }
    }
    text.append('"');
  }

  private boolean escapes(char c) {
    return c < FIRST_PRINTABLE || (layout.ascii() && c > LAST_OF_ASCII);
  }
}
