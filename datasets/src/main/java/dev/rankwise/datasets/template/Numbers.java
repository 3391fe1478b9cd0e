package dev.rankwise.datasets.template;

/** Arithmetic as Python does it, on whole numbers of 64 bits and on doubles. */
final class Numbers {
  private static final double LEAST_PLAIN = 1e-4;
  private static final double MOST_PLAIN = 1e16;

  private Numbers() {}

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
    String plain = new java.math.BigDecimal(Double.toString(number)).toPlainString();
    if (number == 0 && 1 / number < 0) {
      return "-0.0";
    }
    return plain.contains(".") ? plain : plain + ".0";
  }
}
