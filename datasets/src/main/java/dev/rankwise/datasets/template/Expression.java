package dev.rankwise.datasets.template;

import java.util.List;
import java.util.Map;

/** What yields a value. Lines are for messages. */
sealed interface Expression {

  /** A value that stands in the template. */
  record Literal(Object value) implements Expression {}

  /** A variable. */
  record Name(String name, int line) implements Expression {}

  /** A list. */
  record Items(List<Expression> items) implements Expression {}

  /** A tuple. */
  record Tuple(List<Expression> items) implements Expression {}

  /** A dictionary. */
  record Entries(List<Map.Entry<Expression, Expression>> entries) implements Expression {}

  /** {@code of.name}. */
  record Attribute(Expression of, String name) implements Expression {}

  /** {@code of[index]}. */
  record Index(Expression of, Expression index) implements Expression {}

  /** {@code of[start:stop:step]}; a bound that is left out is a null literal. */
  record Slice(Expression of, Expression start, Expression stop, Expression step)
      implements Expression {}

  /** {@code callee(…)}: a function or a macro. */
  record Call(Expression callee, Arguments arguments, int line) implements Expression {}

  /** {@code of.name(…)}: a method of a text or a dictionary. */
  record MethodCall(Expression of, String name, Arguments arguments, int line)
      implements Expression {}

  /** {@code of | name(…)}. */
  record Filtered(Expression of, String name, Arguments arguments, int line)
      implements Expression {}

  /** {@code of is name(…)}. */
  record Tested(Expression of, String name, Arguments arguments, int line) implements Expression {}

  /** {@code not}, {@code -} or {@code +}. */
  record Unary(String operator, Expression of) implements Expression {}

  /** Two operands, both computed. */
  record Binary(String operator, Expression left, Expression right) implements Expression {}

  /** {@code and} or {@code or}: yields an operand, as Python does. */
  record Choice(String operator, Expression left, Expression right) implements Expression {}

  /** {@code first < second <= third …}. */
  record Comparison(Expression first, List<String> operators, List<Expression> others)
      implements Expression {}

  /** {@code then if condition else otherwise}. */
  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {}

  /** What stands between the brackets of a call. */
  record Arguments(List<Expression> positional, Map<String, Expression> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());
  }
}
