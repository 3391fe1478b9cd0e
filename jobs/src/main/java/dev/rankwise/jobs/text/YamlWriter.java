package dev.rankwise.jobs.text;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes values as YAML in one line each, so that {@link YamlReader} reads the same values. */
public final class YamlWriter {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");
  private static final Pattern WORD_OF_YAML =
      Pattern.compile("(?i)null|true|false|yes|no|on|off|y|n");

  private YamlWriter() {}

  /** A text, number, switch, list or map; {@code null} for nothing. */
  public static String value(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(YamlWriter::value).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> text(entry.getKey().toString()) + ": " + value(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof Double number) {
      return number(number);
    }
    return value instanceof String text ? text(text) : String.valueOf(value);
  }

  /** The shortest digits that mean the same double: {@code 8}, {@code 0.01}, {@code 5e-4}. */
  private static String number(double number) {
    String digits = Double.toString(number).replace('E', 'e').replace(".0e", "e");
    return digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
  }

  private static String text(String text) {
    if (PLAIN.matcher(text).matches() && !WORD_OF_YAML.matcher(text).matches()) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints().forEach(character -> append(quoted, character));
    return quoted.append('"').toString();
  }

  private static void append(StringBuilder quoted, int character) {
    if (character == '"' || character == '\\') {
      quoted.append('\\').appendCodePoint(character);
    } else if (character == '\n') {
      quoted.append("\\n");
    } else if (character >= ' ' && character < 0x7f) {
      quoted.append((char) character);
    } else if (Character.isLetterOrDigit(character)) {
      quoted.appendCodePoint(character);
    } else {
      quoted.append(String.format(Locale.ROOT, "\\U%08x", character));
    }
  }
}
