package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.LoopState;
import dev.rankwise.datasets.template.Special.Macro;
import dev.rankwise.datasets.template.Special.Namespace;
import dev.rankwise.datasets.template.Special.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Computes expressions. Bounded by a budget; recursive, but never deeper than it allows. */
final class Evaluator {
  private final Budget budget;
  private final BiFunction<Macro, Given, String> macros;

  /** An evaluator that leaves the calls of macros to {@code macros}. */
  Evaluator(Budget budget, BiFunction<Macro, Given, String> macros) {
    this.budget = budget;
    this.macros = macros;
  }

  Budget budget() {
    return budget;
  }

  Object value(Expression expression, Scope scope) {
    budget.step();
    budget.enter();
    Object value = computed(expression, scope);
    budget.leave();
    return value;
  }

  private Object computed(Expression expression, Scope scope) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Name name) {
      return scope.get(name.name());
    }
    if (expression instanceof Expression.Attribute attribute) {
      return member(value(attribute.of(), scope), attribute.name());
    }
    if (expression instanceof Expression.Index index) {
      return item(value(index.of(), scope), value(index.index(), scope));
    }
    if (expression instanceof Expression.Slice slice) {
      return Slices.of(
          value(slice.of(), scope),
          value(slice.start(), scope),
          value(slice.stop(), scope),
          value(slice.step(), scope),
          budget);
    }
    if (expression instanceof Expression.Items list) {
      return values(list.items(), scope);
    }
    if (expression instanceof Expression.Tuple tuple) {
      return new Values.Tuple(values(tuple.items(), scope));
    }
    if (expression instanceof Expression.Entries entries) {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (Map.Entry<Expression, Expression> entry : entries.entries()) {
        map.put(Values.key(value(entry.getKey(), scope)), value(entry.getValue(), scope));
      }
      return map;
    }
    return operated(expression, scope);
  }

  private Object operated(Expression expression, Scope scope) {
    if (expression instanceof Expression.Unary unary) {
      Object of = value(unary.of(), scope);
      return switch (unary.operator()) {
        case "not" -> !Values.isTrue(of);
        case "-" -> of instanceof Double number ? (Object) (-number) : Numbers.binary("-", 0L, of);
        default -> Numbers.binary("+", 0L, of);
      };
    }
    if (expression instanceof Expression.Binary binary) {
      return binary(binary.operator(), value(binary.left(), scope), value(binary.right(), scope));
    }
    if (expression instanceof Expression.Choice choice) {
      Object left = value(choice.left(), scope);
      boolean decided = Values.isTrue(left) == choice.operator().equals("or");
      return decided ? left : value(choice.right(), scope);
    }
    if (expression instanceof Expression.Comparison comparison) {
      return compared(comparison, scope);
    }
    if (expression instanceof Expression.Conditional conditional) {
      boolean holds = Values.isTrue(value(conditional.condition(), scope));
      return value(holds ? conditional.then() : conditional.otherwise(), scope);
    }
    if (expression instanceof Expression.Filtered filtered) {
      Object of = value(filtered.of(), scope);
      return Filters.apply(filtered.name(), of, given(filtered.arguments(), scope), budget);
    }
    if (expression instanceof Expression.Tested tested) {
      Object of = value(tested.of(), scope);
      return ValueTests.holds(tested.name(), of, given(tested.arguments(), scope), budget);
    }
    if (expression instanceof Expression.MethodCall call) {
      return method(call, scope);
    }
    return called((Expression.Call) expression, scope);
  }

  private Object binary(String operator, Object left, Object right) {
    if (operator.equals("~")) {
      return budget.made(Values.printed(left, budget).concat(Values.printed(right, budget)));
    }
    if (operator.equals("+") && left instanceof String one && right instanceof String other) {
      budget.text((long) one.length() + other.length());
      return one.concat(other);
    }
    if (operator.equals("+") && left instanceof List<?> one && right instanceof List<?> other) {
      if (one instanceof Values.Tuple != other instanceof Values.Tuple) {
        throw TemplateException.fault("\"+\" does not go with a list and a tuple");
      }
      budget.items((long) one.size() + other.size());
      List<Object> joined = new ArrayList<>(one);
      joined.addAll(other);
      return Values.alike(one, joined);
    }
    if (operator.equals("*") && left instanceof String text && right instanceof Long times) {
      long copies = Math.max(0, times);
      // No text has more characters than an int counts: a larger factor is over any bound.
      budget.text(text.isEmpty() ? 0 : text.length() * Math.min(copies, Integer.MAX_VALUE));
      return text.isEmpty() ? "" : text.repeat((int) copies);
    }
    if (operator.equals("%") && left instanceof String) {
      throw TemplateException.fault("texts cannot be formatted by \"%\"");
    }
    return Numbers.binary(operator, left, right);
  }

  private boolean compared(Expression.Comparison comparison, Scope scope) {
    Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object right = value(comparison.others().get(i), scope);
      boolean holds =
          switch (comparison.operators().get(i)) {
            case "==" -> Values.areEqual(left, right, budget);
            case "!=" -> !Values.areEqual(left, right, budget);
            case "in" -> Values.isIn(left, right, budget);
            case "not in" -> !Values.isIn(left, right, budget);
            case "<" -> Values.compare(left, right, budget) < 0;
            case "<=" -> Values.compare(left, right, budget) <= 0;
            case ">" -> Values.compare(left, right, budget) > 0;
            default -> Values.compare(left, right, budget) >= 0;
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  /**
   * A member by name: of a dictionary the entry unless a method has the name, of the interpreter's
   * own objects what they tell.
   */
  static Object member(Object of, String name) {
    Special method = Methods.uncalled(of, name);
    if (method != null) {
      return method;
    }
    if (of instanceof Map<?, ?> map) {
      return map.containsKey(name) ? map.get(name) : new Undefined(name);
    }
    if (of instanceof Namespace space) {
      return space.members().containsKey(name) ? space.members().get(name) : new Undefined(name);
    }
    if (of instanceof LoopState loop) {
      return loop.member(name);
    }
    if (of instanceof Undefined undefined) {
      throw undefined.used();
    }
    return new Undefined(name);
  }

  static Object item(Object of, Object index) {
    if (of instanceof List<?> list && index instanceof Long place) {
      long at = place < 0 ? place + list.size() : place;
      return at >= 0 && at < list.size() ? list.get((int) at) : new Undefined("an item");
    }
    if (of instanceof String text && index instanceof Long place) {
      int length = text.codePointCount(0, text.length());
      long at = place < 0 ? place + length : place;
      return at >= 0 && at < length
          ? Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)))
          : new Undefined("a character");
    }
    if (of instanceof Map<?, ?> map) {
      Object key = Values.key(index);
      if (map.containsKey(key)) {
        return map.get(key);
      }
      return key instanceof String name ? member(of, name) : new Undefined("an entry");
    }
    if (index instanceof String name) {
      return member(of, name);
    }
    if (of instanceof Undefined undefined) {
      throw undefined.used();
    }
    return new Undefined("an item");
  }

  private Object method(Expression.MethodCall call, Scope scope) {
    Object of = value(call.of(), scope);
    Given given = given(call.arguments(), scope);
    if (of instanceof Undefined undefined) {
      throw undefined.used();
    }
    if (of instanceof LoopState loop && call.name().equals("cycle")) {
      List<Object> turns = given.positional();
      return turns.isEmpty() ? Undefined.UNNAMED : turns.get(loop.index() % turns.size());
    }
    return Methods.call(call.name(), of, given, budget);
  }

  private Object called(Expression.Call call, Scope scope) {
    Given given = given(call.arguments(), scope);
    Object callee = value(call.callee(), scope);
    if (callee instanceof Macro macro) {
      return macros.apply(macro, given);
    }
    if (call.callee() instanceof Expression.Name name && callee instanceof Undefined) {
      return Functions.call(name.name(), given, budget, call.line());
    }
    throw TemplateException.fault(Values.kind(callee) + " cannot be called");
  }

  private Given given(Expression.Arguments arguments, Scope scope) {
    Map<String, Object> named = new LinkedHashMap<>();
    List<Object> positional = values(arguments.positional(), scope);
    for (Map.Entry<String, Expression> entry : arguments.named().entrySet()) {
      named.put(entry.getKey(), value(entry.getValue(), scope));
    }
    return new Given(positional, named);
  }

  private List<Object> values(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>();
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }
}
