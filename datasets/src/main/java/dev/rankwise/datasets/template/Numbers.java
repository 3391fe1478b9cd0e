package dev.rankwise.datasets.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;

/** Arithmetic as Python does it, on whole numbers of 64 bits and on doubles. */
final class Numbers {
  private static final double LEAST_PLAIN = 1e-4;
  private static final double MOST_PLAIN = 1e16;

  private static final int MOST_PLACES = 15;
  private static final Pattern WHOLE = Pattern.compile("[0-9a-z]+(_[0-9a-z]+)*");
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  private Numbers() {}

  /** The filters {@code int}, {@code float}, {@code abs} and {@code round}. */
  static Object filtered(String name, Object value, Given given) {
    return switch (name) {
      case "int" -> whole(value, given.get(0, "default", 0L), given.get(1, "base", 10L));
      case "float" -> {
        Double number = isNumber(value) ? (Double) decimal(value) : parsed(value);
        yield number == null ? given.get(0, "default", 0.0) : number;
      }
      case "abs" -> {
        boolean negative = value instanceof Double number ? number <= 0 : whole(value) < 0;
        Object size = negative ? binary("-", 0L, value) : value;
        yield value instanceof Boolean truth ? (Object) whole(truth) : size;
      }
      default ->
          rounded(value, whole(given.get(0, "precision", 0L)), given.get(1, "method", "common"));
    };
  }

  /** As Python rounds: what lies halfway goes to the even neighbour, judged on the exact value. */
  private static Object rounded(Object value, long places, Object method) {
    if (places < 0 || places > MOST_PLACES) {
      throw TemplateException.fault("round takes 0 to " + MOST_PLACES + " places");
    }
    RoundingMode mode =
        switch (Values.text(method)) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default ->
              throw TemplateException.fault("round knows common, ceil and floor, no other method");
        };
    boolean common = mode == RoundingMode.HALF_EVEN;
    if (common && !(value instanceof Double)) {
      return whole(value);
    }
    double number = decimal(value);
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw TemplateException.fault("round has no finite number");
    }
    if (common) {
      double size = new BigDecimal(number).setScale((int) places, mode).doubleValue();
      return Math.copySign(size, number);
    }
    double factor = Math.pow(10, places);
    return new BigDecimal(number * factor).setScale(0, mode).doubleValue() / factor;
  }

  private static Object whole(Object value, Object otherwise, Object base) {
    if (value instanceof String text) {
      Long number = whole(PythonText.strip(text).toLowerCase(Locale.ROOT), whole(base));
      if (number != null) {
        return number;
      }
    }
    Double number = isNumber(value) ? (Double) decimal(value) : parsed(value);
    if (value instanceof Long || value instanceof Boolean) {
      return whole(value);
    }
    if (number == null || number.isNaN() || number.isInfinite()) {
      return otherwise;
    }
    return inRange(new BigDecimal(number).toBigInteger());
  }

  /** A whole number as Python reads it; null for what is none. */
  private static Long whole(String text, long base) {
    if (base < Character.MIN_RADIX || base > Character.MAX_RADIX) {
      throw TemplateException.fault("int takes bases of 2 to 36");
    }
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String digits = signed ? text.substring(1) : text;
    String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
    if (!prefix.isEmpty() && digits.startsWith(prefix)) {
      digits = digits.substring(digits.startsWith(prefix + "_") ? 3 : 2);
    }
    if (!WHOLE.matcher(digits).matches()) {
      return null;
    }
    try {
      BigInteger size = new BigInteger(digits.replace("_", ""), (int) base);
      return inRange(text.startsWith("-") ? size.negate() : size);
    } catch (NumberFormatException otherBase) {
      return null;
    }
  }

  private static long inRange(BigInteger number) {
    try {
      return number.longValueExact();
    } catch (ArithmeticException beyond) {
      throw TemplateException.fault("a whole number is beyond 64 bits");
    }
  }

  /** A decimal number as Python reads it; null for what is none. */
  private static Double parsed(Object value) {
    if (!(value instanceof String text)) {
      return null;
    }
    String number = PythonText.strip(text).toLowerCase(Locale.ROOT);
    return switch (number) {
      case "nan", "+nan", "-nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> DECIMAL.matcher(number).matches() ? Double.valueOf(number) : null;
    };
  }

  static long whole(Token token) {
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException tooLarge) {
      throw TemplateException.outside(token.line(), "a number beyond 64 bits");
    }
  }

  /** Whether the value counts as a number, as truth values do. */
  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  static double decimal(Object value) {
    return value instanceof Double number ? number : (double) whole(value);
  }

  static long whole(Object value) {
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }
    if (value instanceof Long number) {
      return number;
    }
    throw TemplateException.fault(Values.kind(value) + " stands where a whole number is needed");
  }

  static Object binary(String operator, Object left, Object right) {
    if (!isNumber(left) || !isNumber(right)) {
      throw TemplateException.fault(
          "\"%s\" does not go with %s and %s"
              .formatted(operator, Values.kind(left), Values.kind(right)));
    }
    try {
      boolean decimals = left instanceof Double || right instanceof Double || operator.equals("/");
      return decimals
          ? decimals(operator, decimal(left), decimal(right))
          : wholes(operator, whole(left), whole(right));
    } catch (ArithmeticException failure) {
      throw TemplateException.fault("\"" + operator + "\" overflows or divides by zero");
    }
  }

  private static Object wholes(String operator, long left, long right) {
    return switch (operator) {
      case "+" -> Math.addExact(left, right);
      case "-" -> Math.subtractExact(left, right);
      case "*" -> Math.multiplyExact(left, right);
      case "//" -> Math.floorDiv(left, right);
      case "%" -> Math.floorMod(left, right);
      default -> power(left, right);
    };
  }

  private static Object power(long base, long exponent) {
    if (exponent < 0) {
      return Math.pow(base, exponent);
    }
    if (base == 0 || base == 1) {
      return exponent == 0 ? 1L : base;
    }
    long result = 1;
    // Beyond 64 doublings every other base overflows, so this ends soon.
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
      if (base == -1 && i > 1) {
        return (exponent & 1) == 0 ? 1L : -1L;
      }
    }
    return result;
  }

  private static Object decimals(String operator, double left, double right) {
    boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
    if (divides && right == 0) {
      throw new ArithmeticException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> left - right * Math.floor(left / right);
      default -> Math.pow(left, right);
    };
  }

  /** The shortest decimal that reads back as the number, in Python's notation. */
  static String text(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(number);
    if (size != 0 && (size < LEAST_PLAIN || size >= MOST_PLAIN)) {
      String text = Double.toString(number).replace(".0E", "E").replace("E", "e");
      int exponent = text.indexOf('e') + 1;
      boolean negative = text.charAt(exponent) == '-';
      String digits = text.substring(negative ? exponent + 1 : exponent);
      return text.substring(0, exponent)
          + (negative ? "-" : "+")
          + (digits.length() < 2 ? "0" + digits : digits);
    }
    String plain = new BigDecimal(Double.toString(number)).toPlainString();
    if (number == 0 && 1 / number < 0) {
      return "-0.0";
    }
    return plain.contains(".") ? plain : plain + ".0";
  }
}
