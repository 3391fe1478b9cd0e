package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.YamlNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What kind of value a key takes, and how it is read from YAML. A text means what its key's type
 * makes of it, so that a label may be called {@code no} and a column {@code 1}.
 *
 * <p>Values are {@link Long}, {@link Double}, {@link Boolean}, {@link String}, or lists and ordered
 * maps of these.
 */
final class KeyType {
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,19}");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?");
  private static final String LIST_RULE = "must be a list such as [first, second]";

  /** Makes a value of a node, or nothing where it breaks the rule. */
  private interface Reader {
    Optional<Object> read(YamlNode node);
  }

  private final String words;
  private final String rule;
  private final boolean literal;
  private final Reader reader;

  private KeyType(String words, String rule, Reader reader) {
    this(words, rule, false, reader);
  }

  private KeyType(String words, String rule, boolean literal, Reader reader) {
    this.words = words;
    this.rule = rule;
    this.literal = literal;
    this.reader = reader;
  }

  /** A text; numbers and switches are taken as they are written. */
  static KeyType text() {
    return new KeyType(
        "text", "must be a text that is not empty", true, node -> text(node).map(text -> text));
  }

  /** One of some words; letter case and underscores do not matter. */
  static KeyType choice(List<String> words) {
    String list = String.join(", ", words);
    return new KeyType(
        "one of `" + String.join("`, `", words) + "`",
        "must be one of " + list,
        node ->
            text(node)
                .map(text -> text.toLowerCase(Locale.ROOT).replace('_', '-'))
                .filter(words::contains)
                .map(word -> word));
  }

  /** {@code true} or {@code false}. */
  static KeyType truth() {
    return new KeyType(
        "`true` or `false`",
        "must be true or false",
        node ->
            plain(node)
                .map(text -> text.toLowerCase(Locale.ROOT))
                .filter(text -> text.equals("true") || text.equals("false"))
                .map(Boolean::valueOf));
  }

  /** A whole number of 32 bits. */
  static KeyType whole(String range) {
    return whole(Range.of(range), Integer.MAX_VALUE);
  }

  /** A whole number of 64 bits that is not negative. */
  static KeyType seed() {
    return whole(Range.of("[0, inf)"), Long.MAX_VALUE);
  }

  private static KeyType whole(Range range, long most) {
    return new KeyType(
        "whole number, " + range.words(),
        "must be a whole number "
            + range.words()
            + (Double.isInfinite(range.high()) ? ", and at most " + most : ""),
        node -> wholeNumber(node, range, most).map(number -> number));
  }

  /** A number, in decimal or scientific notation. */
  static KeyType number(String notation) {
    Range range = Range.of(notation);
    return new KeyType(
        "number, " + range.words(),
        "must be a number " + range.words(),
        node -> decimal(node).filter(range::contains).map(number -> number));
  }

  /** A list of texts. */
  static KeyType texts() {
    return new KeyType("list of texts", LIST_RULE, node -> texts(node).map(list -> list));
  }

  /** A list of texts, or one text of another meaning. */
  static KeyType modules() {
    return new KeyType(
        "list of names, or one text",
        "must be a list such as [query, value], or one regular expression",
        node -> node instanceof YamlNode.Items ? texts(node).map(l -> l) : text(node).map(t -> t));
  }

  /** A list of whole numbers that are not negative. */
  static KeyType wholes() {
    Range range = Range.of("[0, inf)");
    return new KeyType(
        "list of whole numbers",
        "must be a list of whole numbers at least 0, such as [0, 1]",
        node -> list(node, item -> wholeNumber(item, range, Integer.MAX_VALUE)).map(list -> list));
  }

  /** A map from regular expressions to whole numbers. */
  static KeyType wholeByPattern() {
    Range range = Range.of("[1, inf)");
    return new KeyType(
        "map of expression to whole number",
        "must be a map such as {\"layer.0.*query\": 16} to whole numbers at least 1",
        node -> map(node, value -> wholeNumber(value, range, Integer.MAX_VALUE)).map(map -> map));
  }

  /** A map from regular expressions to positive numbers. */
  static KeyType numberByPattern() {
    Range range = Range.of("(0, inf)");
    return new KeyType(
        "map of expression to number",
        "must be a map such as {\"layer.0.*query\": 32} to numbers above 0",
        node -> map(node, value -> decimal(value).filter(range::contains)).map(map -> map));
  }

  /** A map from names to texts. */
  static KeyType textByName() {
    return new KeyType(
        "map of name to text",
        "must be a map such as {instruction: question} to texts",
        node -> map(node, KeyType::text).map(map -> map));
  }

  /** A map from names to settings, each a text or a map of texts. */
  static KeyType settingsByName() {
    return new KeyType(
        "map of name to settings",
        "must be a map such as {define: {source: words.jsonl}} to maps of settings",
        node -> map(node, value -> map(value, KeyType::setting)).map(map -> map));
  }

  /** A map from names to limits, each a number by its name. */
  static KeyType limitsByName() {
    return new KeyType(
        "map of figure to limits",
        "must be a map such as {accuracy: {at-least: 0.75}} to maps of numbers",
        node -> map(node, value -> map(value, KeyType::decimal)).map(map -> map));
  }

  private static Optional<Object> setting(YamlNode node) {
    if (node.isNull()) {
      // Told by the name of the setting, where the task is known.
      return Optional.of("");
    }
    return node instanceof YamlNode.Entries
        ? map(node, KeyType::text).map(map -> map)
        : text(node).map(text -> text);
  }

  /** The type, for the documentation. */
  String words() {
    return words;
  }

  /** What a value must be, for messages. */
  String rule() {
    return rule;
  }

  /** Whether a value on the command line is taken as it stands, unless it is quoted. */
  boolean isLiteral() {
    return literal;
  }

  /** The value, or nothing where it breaks the rule. */
  Optional<Object> read(YamlNode node) {
    return reader.read(node);
  }

  private static Optional<String> plain(YamlNode node) {
    return node instanceof YamlNode.Scalar scalar && scalar.plain()
        ? Optional.of(scalar.text())
        : Optional.empty();
  }

  private static Optional<String> text(YamlNode node) {
    return node instanceof YamlNode.Scalar scalar && !scalar.isNull() && !scalar.text().isBlank()
        ? Optional.of(scalar.text())
        : Optional.empty();
  }

  private static Optional<Long> wholeNumber(YamlNode node, Range range, long most) {
    return plain(node)
        .filter(text -> WHOLE.matcher(text).matches())
        .map(BigDecimal::new)
        .filter(number -> number.compareTo(BigDecimal.valueOf(most)) <= 0)
        .filter(number -> range.contains(number.doubleValue()))
        .map(BigDecimal::longValue);
  }

  private static Optional<Double> decimal(YamlNode node) {
    return plain(node)
        .filter(text -> NUMBER.matcher(text).matches())
        .map(Double::valueOf)
        .filter(Double::isFinite);
  }

  private static Optional<List<Object>> texts(YamlNode node) {
    return list(node, KeyType::text);
  }

  private static <T> Optional<List<Object>> list(
      YamlNode node, Function<YamlNode, Optional<T>> item) {
    if (!(node instanceof YamlNode.Items list)) {
      return Optional.empty();
    }
    List<Object> values = new ArrayList<>();
    for (YamlNode entry : list.items()) {
      item.apply(entry).ifPresent(values::add);
    }
    return values.size() == list.items().size()
        ? Optional.of(Collections.unmodifiableList(values))
        : Optional.empty();
  }

  private static <T> Optional<Map<String, Object>> map(
      YamlNode node, Function<YamlNode, Optional<T>> value) {
    if (!(node instanceof YamlNode.Entries map)) {
      return Optional.empty();
    }
    Map<String, Object> values = new LinkedHashMap<>();
    for (YamlNode.Entry entry : map.entries()) {
      value.apply(entry.value()).ifPresent(read -> values.put(entry.key(), read));
    }
    return values.size() == map.entries().size()
        ? Optional.of(Collections.unmodifiableMap(values))
        : Optional.empty();
  }

  /**
   * The numbers that a key may have, in the notation of intervals: a square bracket includes its
   * end.
   *
   * @param low lower end, or minus infinity
   * @param high upper end, or infinity
   */
  private record Range(double low, boolean includesLow, double high, boolean includesHigh) {

    /** Reads {@code [0, 1)}, {@code (0, inf)}. */
    static Range of(String notation) {
      String[] ends = notation.substring(1, notation.length() - 1).split(",", -1);
      return new Range(
          end(ends[0].strip()),
          notation.startsWith("["),
          end(ends[1].strip()),
          notation.endsWith("]"));
    }

    private static double end(String text) {
      return text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    boolean contains(double value) {
      boolean above = includesLow ? value >= low : value > low;
      return above && (includesHigh ? value <= high : value < high);
    }

    /** Such as {@code at least 1}, {@code above 0}, {@code in [0, 1)}. */
    String words() {
      if (high == Double.POSITIVE_INFINITY) {
        return (includesLow ? "at least " : "above ") + shown(low);
      }
      return "in %s%s, %s%s"
          .formatted(includesLow ? "[" : "(", shown(low), shown(high), includesHigh ? "]" : ")");
    }

    private static String shown(double end) {
      return end == Math.rint(end) ? Long.toString((long) end) : Double.toString(end);
    }
  }
}
