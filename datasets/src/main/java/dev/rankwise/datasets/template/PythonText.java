package dev.rankwise.datasets.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Text as Python treats it, in which chat templates were written. */
public final class PythonText {
  private PythonText() {}

  /** The text without white space at both ends. */
  public static String strip(String text) {
    return stripStart(stripEnd(text));
  }

  /** The text without white space at its start. */
  public static String stripStart(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }

  /** The text without white space at its end. */
  public static String stripEnd(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** The parts of a text between stretches of white space. */
  static List<Object> split(String text) {
    List<Object> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isSpace(text.charAt(i))) {
        if (i > start) {
          parts.add(text.substring(start, i));
        }
        start = i + 1;
      }
    }
    return parts;
  }

  /** The lines of a text, with their ends or without. */
  static List<Object> lines(String text, boolean keepsEnds) {
    List<Object> lines = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = start;
      while (end < text.length() && !endsLine(text.charAt(end))) {
        end++;
      }
      int next = Math.min(text.length(), text.startsWith("\r\n", end) ? end + 2 : end + 1);
      lines.add(text.substring(start, keepsEnds ? next : end));
      start = next;
    }
    return lines;
  }

  private static boolean endsLine(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= '\u001c' && c <= '\u001e')
        || c == '\u0085'
        || c == '\u2028'
        || c == '\u2029';
  }

  /** A text as Python's {@code repr} shows it. */
  static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder quoted = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                  if (isPrintable(point)) {
                    quoted.append(point == quote ? "\\" : "").appendCodePoint(point);
                  } else {
                    String form =
                        point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x";
                    quoted.append(String.format(Locale.ROOT, form, point));
                  }
                }
              }
            });
    return quoted.append(quote).toString();
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> point == ' ';
      default -> true;
    };
  }

  /**
   * Whether Python's {@code str.isspace} holds: Unicode's white space, no-break spaces included,
   * and the four separators of ASCII. All of them are single UTF-16 units.
   */
  static boolean isSpace(int c) {
    return (c >= '\t' && c <= '\r')
        || (c >= '\u001c' && c <= ' ')
        || c == '\u0085'
        || Character.getType(c) == Character.SPACE_SEPARATOR
        || c == '\u2028'
        || c == '\u2029';
  }
}
