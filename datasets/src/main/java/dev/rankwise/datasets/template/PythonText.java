package dev.rankwise.datasets.template;

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

  /**
   * Whether Python's {@code str.isspace} holds: Unicode's white space, no-break spaces included,
   * and the four separators of ASCII. All of them are single UTF-16 units.
   */
  static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= '\u001c' && c <= ' ')
        || c == '\u0085'
        || Character.getType(c) == Character.SPACE_SEPARATOR
        || c == '\u2028'
        || c == '\u2029';
  }
}
