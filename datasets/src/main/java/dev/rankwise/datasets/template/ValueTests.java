package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Given.Parameters;
import dev.rankwise.datasets.template.Special.Macro;
import dev.rankwise.datasets.template.Special.Method;
import dev.rankwise.datasets.template.Special.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands after {@code is}. */
final class ValueTests {
  private static final Set<String> ALONE =
      Set.of(
          "defined",
          "undefined",
          "none",
          "true",
          "false",
          "boolean",
          "integer",
          "float",
          "number",
          "string",
          "mapping",
          "iterable",
          "sequence",
          "callable",
          "odd",
          "even",
          "lower",
          "upper");
  private static final Set<String> WITH_ARGUMENT =
      Set.of(
          "divisibleby",
          "eq",
          "equalto",
          "ne",
          "in",
          "sameas",
          "lt",
          "lessthan",
          "le",
          "gt",
          "greaterthan",
          "ge");

  private ValueTests() {}

  static void require(String name, int line) {
    if (!isKnown(name)) {
      throw TemplateException.outside(line, "the test " + name);
    }
  }

  /** What a known test can be given. */
  static Parameters parameters(String name) {
    return takesArgument(name) ? Parameters.placed("other") : Parameters.NONE;
  }

  static boolean isKnown(String name) {
    return ALONE.contains(name) || WITH_ARGUMENT.contains(name);
  }

  static boolean takesArgument(String name) {
    return WITH_ARGUMENT.contains(name);
  }

  static boolean holds(String name, Object value, Given given, Budget budget) {
    budget.step();
    return takesArgument(name)
        ? related(name, value, given.need(0, "other"), budget)
        : holds(name, value);
  }

  private static boolean holds(String name, Object value) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "boolean" -> value instanceof Boolean;
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "number" -> Numbers.isNumber(value);
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map;
      case "iterable" ->
          value instanceof List
              || value instanceof Map
              || value instanceof String
              || value instanceof Undefined;
      case "sequence" -> value instanceof List || value instanceof Map || value instanceof String;
      case "callable" -> value instanceof Macro || value instanceof Method;
      case "odd" -> Numbers.whole(value) % 2 != 0;
      case "even" -> Numbers.whole(value) % 2 == 0;
      case "lower" ->
          isCase(Values.text(value), Values.text(value).toLowerCase(java.util.Locale.ROOT));
      default -> isCase(Values.text(value), Values.text(value).toUpperCase(java.util.Locale.ROOT));
    };
  }

  private static boolean isCase(String text, String changed) {
    return text.equals(changed) && text.chars().anyMatch(Character::isLetter);
  }

  private static boolean related(String name, Object value, Object other, Budget budget) {
    return switch (name) {
      case "divisibleby" -> Numbers.binary("%", value, other).equals(0L);
      case "eq", "equalto" -> Values.areEqual(value, other, budget);
      case "ne" -> !Values.areEqual(value, other, budget);
      case "in" -> Values.isIn(value, other, budget);
      case "sameas" -> value == other || (value instanceof Boolean && value.equals(other));
      case "lt", "lessthan" -> Values.compare(value, other, budget) < 0;
      case "le" -> Values.compare(value, other, budget) <= 0;
      case "gt", "greaterthan" -> Values.compare(value, other, budget) > 0;
      default -> Values.compare(value, other, budget) >= 0;
    };
  }
}
