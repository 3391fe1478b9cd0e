package dev.rankwise.datasets.template;

import dev.rankwise.models.text.PrintableText;
import java.util.Objects;

/** A template that cannot be read, or could not be carried out. The message says what and where. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  TemplateException(Kind kind, String message) {
    super(PrintableText.ofLines(message), null, false, false);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  static TemplateException outside(int line, String what) {
    return new TemplateException(
        Kind.OUTSIDE, "line %s uses %s, which is not read here".formatted(line, what));
  }

  static TemplateException syntax(int line, String what) {
    return new TemplateException(Kind.SYNTAX, "line %s: %s".formatted(line, what));
  }

  static TemplateException fault(String what) {
    return new TemplateException(Kind.FAULT, what);
  }

  static TemplateException bound(String what) {
    return new TemplateException(Kind.BOUND, what);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The ways in which a template fails. */
  public enum Kind {
    /** It uses a part of Jinja that is not read. */
    OUTSIDE,
    /** It breaks the rules of the language. */
    SYNTAX,
    /** It cannot be carried out on these values, such as an attribute of what is undefined. */
    FAULT,
    /** It takes more work, depth or output than allowed. */
    BOUND,
    /** It called {@code raise_exception}: it does not take this conversation. */
    REFUSED
  }
}
