package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.jobs.text.YamlWriter;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes a value of a sweep file as the command line would have it, behind {@code --set key=}. */
final class SettingText {
  /** What means the same within brackets as it does alone: words, numbers, paths. */
  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_.+/*^-]+");

  private SettingText() {}

  static String of(YamlNode value) {
    return value instanceof YamlNode.Scalar scalar && scalar.plain()
        ? scalar.text()
        : inBrackets(value);
  }

  private static String inBrackets(YamlNode value) {
    if (value instanceof YamlNode.Scalar scalar) {
      boolean bare = scalar.plain() && (scalar.isNull() || SIMPLE.matcher(scalar.text()).matches());
      return bare
          ? scalar.isNull() ? "null" : scalar.text()
          : scalar.plain() ? YamlWriter.value(scalar.text()) : quoted(scalar.text());
    }
    if (value instanceof YamlNode.Items list) {
      return list.items().stream()
          .map(SettingText::inBrackets)
          .collect(Collectors.joining(", ", "[", "]"));
    }
    return ((YamlNode.Entries) value)
        .entries().stream()
            .map(entry -> quoted(entry.key()) + ": " + inBrackets(entry.value()))
            .collect(Collectors.joining(", ", "{", "}"));
  }

  /** In quotes, so that a text of digits stays a text. */
  private static String quoted(String text) {
    String written = YamlWriter.value(text);
    return written.startsWith("\"") ? written : "\"" + written + "\"";
  }
}
