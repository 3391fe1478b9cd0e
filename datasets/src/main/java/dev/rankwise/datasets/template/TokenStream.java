package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Token.Kind;
import java.util.List;

/** The tokens of a template while it is parsed. */
final class TokenStream {
  private final List<Token> tokens;
  private int next;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = List.copyOf(tokens);
  }

  Token peek() {
    return tokens.get(next);
  }

  Token peekAfter() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  int line() {
    return peek().line();
  }

  Token take() {
    Token token = peek();
    if (token.kind() != Kind.END) {
      next++;
    }
    return token;
  }

  boolean at(Kind kind) {
    return peek().kind() == kind;
  }

  boolean atOperator(String text) {
    return peek().is(Kind.OPERATOR, text);
  }

  boolean atName(String text) {
    return peek().is(Kind.NAME, text);
  }

  /** Takes the operator if it is next. */
  boolean takeOperator(String text) {
    boolean there = atOperator(text);
    next += there ? 1 : 0;
    return there;
  }

  /** Takes the word if it is next. */
  boolean takeName(String text) {
    boolean there = atName(text);
    next += there ? 1 : 0;
    return there;
  }

  void requireOperator(String text) {
    if (!takeOperator(text)) {
      throw unexpected("\"" + text + "\"");
    }
  }

  void requireName(String text) {
    if (!takeName(text)) {
      throw unexpected("\"" + text + "\"");
    }
  }

  Token require(Kind kind, String what) {
    if (!at(kind)) {
      throw unexpected(what);
    }
    return take();
  }

  TemplateException unexpected(String wanted) {
    return TemplateException.syntax(line(), wanted + " is missing before " + peek().shown());
  }

  /** Goes one level deeper; parsing is recursive, so a template may not choose how deep. */
  void enter() {
    depth++;
    if (depth > TemplateBounds.PARSED_DEPTH) {
      throw TemplateException.bound(
          "line %s nests deeper than %s levels".formatted(line(), TemplateBounds.PARSED_DEPTH));
    }
  }

  void leave() {
    depth--;
  }
}
