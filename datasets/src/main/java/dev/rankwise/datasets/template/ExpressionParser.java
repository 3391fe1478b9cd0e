package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Expression.Arguments;
import dev.rankwise.datasets.template.Special.Undefined;
import dev.rankwise.datasets.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions: Jinja's rules of precedence, from the loosest binding to the tightest. */
final class ExpressionParser {
  private static final List<List<String>> LEVELS =
      List.of(List.of("+", "-"), List.of("~"), List.of("*", "/", "//", "%"));
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
  private static final Expression.Literal NONE = new Expression.Literal(null);

  private final TokenStream tokens;

  /** Functions that are called by name, in the order of the template. */
  private final List<Expression.Name> called = new ArrayList<>();

  /** Names of which the template asks whether they are defined before it uses them. */
  private final Set<String> asked = new HashSet<>();

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  /**
   * Names a function that is called and that nobody knows, though the call may stand in a branch
   * that few conversations take.
   *
   * @param made names that the template gives values to
   */
  void requireFunctions(Set<String> made) {
    for (Expression.Name name : called) {
      String function = name.name();
      if (!Functions.isKnown(function) && !made.contains(function) && !asked.contains(function)) {
        throw TemplateException.outside(name.line(), "the function " + function);
      }
    }
  }

  /** One expression, or several with commas between them: a tuple. */
  Expression tuple() {
    Expression first = expression();
    if (!tokens.atOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.takeOperator(",")) {
      if (tokens.at(Kind.TAG_END) || tokens.at(Kind.PRINT_END) || tokens.atOperator(")")) {
        break;
      }
      items.add(expression());
    }
    return new Expression.Tuple(items);
  }

  /** One expression. */
  Expression expression() {
    tokens.enter();
    Expression value = or();
    while (tokens.takeName("if")) {
      Expression condition = or();
      Expression otherwise =
          tokens.takeName("else") ? expression() : new Expression.Literal(Undefined.UNNAMED);
      value = new Expression.Conditional(condition, value, otherwise);
    }
    tokens.leave();
    return value;
  }

  /** An expression without a condition of its own, as between {@code in} and {@code if}. */
  Expression or() {
    Expression left = and();
    while (tokens.takeName("or")) {
      left = new Expression.Choice("or", left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.takeName("and")) {
      left = new Expression.Choice("and", left, not());
    }
    return left;
  }

  private Expression not() {
    if (!tokens.takeName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression negated = new Expression.Unary("not", not());
    tokens.leave();
    return negated;
  }

  private Expression comparison() {
    Expression first = binary(0);
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      if (tokens.at(Kind.OPERATOR) && COMPARISONS.contains(tokens.peek().text())) {
        operators.add(tokens.take().text());
      } else if (tokens.takeName("in")) {
        operators.add("in");
      } else if (tokens.atName("not") && tokens.peekAfter().is(Kind.NAME, "in")) {
        tokens.take();
        tokens.take();
        operators.add("not in");
      } else {
        break;
      }
      others.add(binary(0));
    }
    return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
  }

  private Expression binary(int level) {
    if (level == LEVELS.size()) {
      return power();
    }
    Expression left = binary(level + 1);
    while (tokens.at(Kind.OPERATOR) && LEVELS.get(level).contains(tokens.peek().text())) {
      String operator = tokens.take().text();
      left = new Expression.Binary(operator, left, binary(level + 1));
    }
    return left;
  }

  /** Powers, from the left as Jinja takes them; a sign and filters bind tighter. */
  private Expression power() {
    Expression left = filters(signed());
    while (tokens.takeOperator("**")) {
      left = new Expression.Binary("**", left, filters(signed()));
    }
    return left;
  }

  private Expression signed() {
    if (!tokens.atOperator("-") && !tokens.atOperator("+")) {
      return postfix(primary());
    }
    String operator = tokens.take().text();
    tokens.enter();
    Expression signed = new Expression.Unary(operator, signed());
    tokens.leave();
    return signed;
  }

  private Expression filters(Expression of) {
    Expression value = of;
    while (true) {
      int line = tokens.line();
      if (tokens.takeOperator("|")) {
        String name = tokens.require(Kind.NAME, "the name of a filter").text();
        Arguments arguments = tokens.atOperator("(") ? arguments() : Arguments.NONE;
        Filters.require(name, arguments, line);
        value = postfix(new Expression.Filtered(value, name, arguments, line));
      } else if (tokens.takeName("is")) {
        value = tested(value, line);
      } else {
        return value;
      }
    }
  }

  private Expression tested(Expression of, int line) {
    boolean negated = tokens.takeName("not");
    String name = tokens.require(Kind.NAME, "the name of a test").text();
    ValueTests.require(name, line);
    Arguments arguments = Arguments.NONE;
    if (tokens.atOperator("(")) {
      arguments = arguments();
    } else if (ValueTests.takesArgument(name)) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of());
    }
    ValueTests.parameters(name).require("the test " + name, arguments, line);
    if (of instanceof Expression.Name variable && name.endsWith("defined")) {
      asked.add(variable.name());
    }
    Expression test = new Expression.Tested(of, name, arguments, line);
    return negated ? new Expression.Unary("not", test) : test;
  }

  private Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      int line = tokens.line();
      if (tokens.takeOperator(".")) {
        value = member(value, line);
      } else if (tokens.takeOperator("[")) {
        value = subscript(value);
      } else if (tokens.atOperator("(")) {
        if (value instanceof Expression.Name name) {
          called.add(name);
        }
        value = new Expression.Call(value, arguments(), line);
      } else {
        return value;
      }
    }
  }

  private Expression member(Expression of, int line) {
    Token token = tokens.take();
    if (token.kind() == Kind.WHOLE) {
      return new Expression.Index(of, new Expression.Literal(Numbers.whole(token)));
    }
    if (token.kind() != Kind.NAME) {
      throw TemplateException.syntax(line, "a name is missing before " + token.shown());
    }
    if (token.text().startsWith("_")) {
      throw TemplateException.outside(line, "the attribute " + token.text());
    }
    if (!tokens.atOperator("(")) {
      return new Expression.Attribute(of, token.text());
    }
    Arguments arguments = arguments();
    Methods.require(token.text(), arguments, line);
    return new Expression.MethodCall(of, token.text(), arguments, line);
  }

  private Expression subscript(Expression of) {
    Expression start = tokens.atOperator(":") ? NONE : expression();
    if (!tokens.takeOperator(":")) {
      tokens.requireOperator("]");
      return new Expression.Index(of, start);
    }
    boolean open = tokens.atOperator("]") || tokens.atOperator(":");
    Expression stop = open ? NONE : expression();
    Expression step = NONE;
    if (tokens.takeOperator(":") && !tokens.atOperator("]")) {
      step = expression();
    }
    tokens.requireOperator("]");
    return new Expression.Slice(of, start, stop, step);
  }

  private Arguments arguments() {
    tokens.requireOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.takeOperator(")")) {
      if (tokens.atOperator("*") || tokens.atOperator("**")) {
        throw TemplateException.outside(tokens.line(), "unpacked arguments");
      }
      if (tokens.at(Kind.NAME) && tokens.peekAfter().is(Kind.OPERATOR, "=")) {
        String name = tokens.take().text();
        tokens.take();
        named.put(name, expression());
      } else {
        positional.add(expression());
      }
      if (!tokens.atOperator(")")) {
        tokens.requireOperator(",");
      }
    }
    return new Arguments(positional, named);
  }

  private Expression primary() {
    Token token = tokens.take();
    return switch (token.kind()) {
      case STRING -> strings(token);
      case WHOLE -> new Expression.Literal(Numbers.whole(token));
      case DECIMAL -> new Expression.Literal(Double.valueOf(token.text()));
      case NAME -> name(token);
      case OPERATOR -> bracketed(token);
      default ->
          throw TemplateException.syntax(
              token.line(), "a value is missing before " + token.shown());
    };
  }

  /** Strings that stand side by side are one. */
  private Expression strings(Token first) {
    StringBuilder text = new StringBuilder(first.text());
    while (tokens.at(Kind.STRING)) {
      text.append(tokens.take().text());
    }
    return new Expression.Literal(text.toString());
  }

  private static Expression name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(true);
      case "false", "False" -> new Expression.Literal(false);
      case "none", "None" -> NONE;
      default -> {
        if (token.text().startsWith("__")) {
          throw TemplateException.outside(token.line(), "the name " + token.text());
        }
        yield new Expression.Name(token.text(), token.line());
      }
    };
  }

  private Expression bracketed(Token token) {
    return switch (token.text()) {
      case "(" -> {
        if (tokens.takeOperator(")")) {
          yield new Expression.Tuple(List.of());
        }
        Expression inner = tuple();
        tokens.requireOperator(")");
        yield inner;
      }
      case "[" -> list();
      case "{" -> dictionary();
      default ->
          throw TemplateException.syntax(
              token.line(), "a value is missing before " + token.shown());
    };
  }

  private Expression list() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.takeOperator("]")) {
      items.add(expression());
      if (!tokens.atOperator("]")) {
        tokens.requireOperator(",");
      }
    }
    return new Expression.Items(items);
  }

  private Expression dictionary() {
    List<Map.Entry<Expression, Expression>> entries = new ArrayList<>();
    while (!tokens.takeOperator("}")) {
      Expression key = expression();
      tokens.requireOperator(":");
      entries.add(Map.entry(key, expression()));
      if (!tokens.atOperator("}")) {
        tokens.requireOperator(",");
      }
    }
    return new Expression.Entries(entries);
  }
}
