package dev.rankwise.datasets.template;

/**
 * A piece of a template's text.
 *
 * @param kind what it is
 * @param text its words; for a string, what it spells
 * @param line its line, from 1
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    PRINT_START,
    PRINT_END,
    TAG_START,
    TAG_END,
    NAME,
    STRING,
    WHOLE,
    DECIMAL,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String words) {
    return kind == wanted && text.equals(words);
  }

  /** The token in a message. */
  String shown() {
    return kind == Kind.END ? "the end of the template" : "\"" + text + "\"";
  }
}
