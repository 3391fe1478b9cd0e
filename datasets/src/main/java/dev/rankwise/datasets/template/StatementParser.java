package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Parses a template's text and tags. */
final class StatementParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final Set<String> made = new HashSet<>();
  private int loops;
  private int captures;
  private int generations;
  private boolean marksGeneration;

  private StatementParser(List<Token> tokens) {
    this.tokens = new TokenStream(tokens);
    this.expressions = new ExpressionParser(this.tokens);
  }

  /**
   * A template as statements.
   *
   * @param statements all of it
   * @param marksGeneration whether it marks what the model writes
   */
  record Parsed(List<Statement> statements, boolean marksGeneration) {}

  static Parsed parse(String source) {
    StatementParser parser = new StatementParser(Lexer.tokens(source));
    List<Statement> statements = parser.until();
    if (!parser.tokens.at(Kind.END)) {
      throw TemplateException.syntax(
          parser.tokens.line(), "{% " + parser.tokens.peek().text() + " %} closes nothing");
    }
    parser.expressions.requireFunctions(parser.made);
    return new Parsed(statements, parser.marksGeneration);
  }

  /** Statements up to a tag with one of the names, whose name is then next, or to the end. */
  private List<Statement> until(String... names) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (!tokens.at(Kind.END)) {
      Token token = tokens.take();
      if (token.kind() == Kind.DATA) {
        statements.add(new Statement.Data(token.text()));
      } else if (token.kind() == Kind.PRINT_START) {
        statements.add(new Statement.Print(expressions.tuple()));
        tokens.require(Kind.PRINT_END, "\"}}\"");
      } else {
        if (List.of(names).contains(tokens.peek().text())
            || tokens.peek().text().startsWith("end")) {
          break;
        }
        statements.add(tag());
      }
    }
    tokens.leave();
    return statements;
  }

  private Statement tag() {
    Token name = tokens.require(Kind.NAME, "the name of a tag");
    return switch (name.text()) {
      case "if" -> condition();
      case "for" -> loop();
      case "set" -> set();
      case "macro" -> macro();
      case "generation" -> generation(name.line());
      case "break" -> jump(name, new Statement.Break());
      case "continue" -> jump(name, new Statement.Continue());
      case "elif", "else" ->
          throw TemplateException.syntax(name.line(), "{% " + name.text() + " %} has no {% if %}");
      default -> throw TemplateException.outside(name.line(), "{% " + name.text() + " %}");
    };
  }

  private Statement condition() {
    Expression condition = expressions.tuple();
    endTag();
    List<Statement> then = until("elif", "else");
    List<Statement> otherwise = List.of();
    if (tokens.takeName("elif")) {
      tokens.enter();
      otherwise = List.of(condition());
      tokens.leave();
      return new Statement.If(condition, then, otherwise);
    }
    if (tokens.takeName("else")) {
      endTag();
      otherwise = until();
    }
    close("endif");
    return new Statement.If(condition, then, otherwise);
  }

  private Statement loop() {
    List<String> targets = targets();
    tokens.requireName("in");
    Expression items = expressions.or();
    Expression condition = null;
    if (tokens.takeName("if")) {
      condition = expressions.expression();
    }
    if (tokens.atName("recursive")) {
      throw TemplateException.outside(tokens.line(), "a recursive loop");
    }
    endTag();
    loops++;
    List<Statement> body = until("else");
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.takeName("else")) {
      endTag();
      otherwise = until();
    }
    close("endfor");
    return new Statement.For(targets, items, condition, body, otherwise);
  }

  private List<String> targets() {
    List<String> targets = new ArrayList<>();
    boolean bracket = tokens.takeOperator("(");
    do {
      targets.add(tokens.require(Kind.NAME, "the name of a variable").text());
    } while (tokens.takeOperator(","));
    if (bracket) {
      tokens.requireOperator(")");
    }
    made.addAll(targets);
    return targets;
  }

  private Statement set() {
    int line = tokens.line();
    List<String> targets = targets();
    if (targets.size() == 1 && tokens.takeOperator(".")) {
      String member = tokens.require(Kind.NAME, "the name of a member").text();
      tokens.requireOperator("=");
      Expression value = expressions.tuple();
      endTag();
      return new Statement.SetMember(targets.get(0), member, value, line);
    }
    if (tokens.takeOperator("=")) {
      Expression value = expressions.tuple();
      endTag();
      return new Statement.Set(targets, value);
    }
    if (tokens.atOperator("|")) {
      throw TemplateException.outside(line, "a filter on {% set %}");
    }
    endTag();
    List<Statement> body = captured();
    close("endset");
    return new Statement.SetText(targets.get(0), body);
  }

  private Statement macro() {
    String name = tokens.require(Kind.NAME, "the name of a macro").text();
    tokens.requireOperator("(");
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    while (!tokens.takeOperator(")")) {
      parameters.add(tokens.require(Kind.NAME, "the name of a parameter").text());
      defaults.add(tokens.takeOperator("=") ? expressions.expression() : null);
      if (!tokens.atOperator(")")) {
        tokens.requireOperator(",");
      }
    }
    endTag();
    made.add(name);
    made.addAll(parameters);
    int around = loops;
    loops = 0;
    List<Statement> body = captured();
    loops = around;
    close("endmacro");
    return new Statement.Macro(name, parameters, defaults, body);
  }

  private List<Statement> captured() {
    captures++;
    List<Statement> body = until();
    captures--;
    return body;
  }

  private Statement generation(int line) {
    if (captures > 0) {
      throw TemplateException.outside(line, "{% generation %} inside a macro or {% set %}");
    }
    if (generations > 0) {
      throw TemplateException.outside(line, "{% generation %} inside another");
    }
    marksGeneration = true;
    endTag();
    generations++;
    List<Statement> body = until();
    generations--;
    close("endgeneration");
    return new Statement.Generation(body);
  }

  private Statement jump(Token name, Statement statement) {
    if (loops == 0) {
      throw TemplateException.syntax(name.line(), "{% " + name.text() + " %} stands in no loop");
    }
    endTag();
    return statement;
  }

  private void close(String name) {
    if (!tokens.takeName(name)) {
      throw TemplateException.syntax(
          tokens.line(), "{% " + name + " %} is missing before " + tokens.peek().shown());
    }
    endTag();
  }

  private void endTag() {
    tokens.require(Kind.TAG_END, "\"%}\"");
  }
}
