package dev.rankwise.datasets.template;

import java.util.List;

/** What makes output or changes a variable. */
sealed interface Statement {

  /** Text as it stands. */
  record Data(String text) implements Statement {}

  /** The output of a value. */
  record Print(Expression value) implements Statement {}

  /** {@code if}, with what follows it as {@code elif} or {@code else}. */
  record If(Expression condition, List<Statement> then, List<Statement> otherwise)
      implements Statement {}

  /** {@code for}; the condition is null where there is none. */
  record For(
      List<String> targets,
      Expression items,
      Expression condition,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /** {@code set a, b = value}. */
  record Set(List<String> targets, Expression value) implements Statement {}

  /** {@code set space.name = value}. */
  record SetMember(String space, String name, Expression value, int line) implements Statement {}

  /** {@code set name} up to {@code endset}. */
  record SetText(String target, List<Statement> body) implements Statement {}

  /** {@code macro name(parameters)}; a default is null where there is none. */
  record Macro(
      String name, List<String> parameters, List<Expression> defaults, List<Statement> body)
      implements Statement {}

  /** What the model writes. */
  record Generation(List<Statement> body) implements Statement {}

  /** {@code break}: ends the loop around it. */
  record Break() implements Statement {}

  /** {@code continue}: goes on with the next item. */
  record Continue() implements Statement {}
}
