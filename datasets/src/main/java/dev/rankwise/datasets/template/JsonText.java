package dev.rankwise.datasets.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values as JSON, laid out as Python's {@code json.dumps} does, letters kept as they are. */
final class JsonText {
  private static final int MOST_INDENT = 32;
  private static final int FIRST_PRINTABLE = 0x20;

  private final StringBuilder text = new StringBuilder();
  private final Budget budget;
  private final int indent;

  private JsonText(int indent, Budget budget) {
    this.indent = indent;
    this.budget = budget;
  }

  /** The text; on one line where {@code indent} is null. */
  static String of(Object value, Object indent, Budget budget) {
    long width = indent == null ? -1 : Numbers.whole(indent);
    if (width > MOST_INDENT) {
      throw TemplateException.fault("tojson indents by at most " + MOST_INDENT);
    }
    JsonText json = new JsonText((int) Math.max(width, -1), budget);
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
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      separate(place++, level + 1);
      quote(entry.getKey() instanceof String key ? key : keyText(entry.getKey()));
      text.append(": ");
      add(entry.getValue(), level + 1);
    }
    close(map.isEmpty(), level, '}');
  }

  private String keyText(Object key) {
    return of(key, null, budget);
  }

  private void separate(int place, int level) {
    if (place > 0) {
      text.append(indent < 0 ? ", " : ",");
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
    if (indent >= 0) {
      text.append('\n').append(" ".repeat(indent * level));
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
        default ->
            text.append(c < FIRST_PRINTABLE ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
      }
    }
    text.append('"');
  }
}
