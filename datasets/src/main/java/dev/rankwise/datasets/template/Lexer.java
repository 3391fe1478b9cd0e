package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens. White space around tags is treated as chat templates expect: the
 * line break after a tag goes, and so do blanks between the start of a line and a tag; {@code -}
 * takes all white space on its side, {@code +} keeps it.
 */
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "~", "|", "(",
          ")", "[", "]", "{", "}", ".", ",", ":");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int place;
  private int line = 1;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    // A template's last line break is not a part of it.
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    StripNext strip = StripNext.NOTHING;
    while (place < source.length()) {
      int start = nextStart();
      String data = source.substring(place, start);
      String kept = strip.of(data);
      boolean atLineStart = start == 0 || source.charAt(start - 1) == '\n' || isIndent(start);
      int after = start;
      char mark = 0;
      if (start < source.length()) {
        mark = start + 2 < source.length() ? source.charAt(start + 2) : 0;
        boolean tag = source.charAt(start + 1) != '{';
        if (mark == '-') {
          kept = PythonText.stripEnd(kept);
        } else if (tag && mark != '+' && atLineStart) {
          kept = withoutIndent(kept);
        }
        after = start + (mark == '-' || mark == '+' ? 3 : 2);
      }
      if (!kept.isEmpty()) {
        tokens.add(new Token(Kind.DATA, kept, line));
      }
      advance(start);
      if (start == source.length()) {
        break;
      }
      strip = construct(source.charAt(start + 1), after);
    }
    tokens.add(new Token(Kind.END, "", line));
  }

  /** Where the next output, tag or comment starts, or the end. */
  private int nextStart() {
    int at = source.indexOf('{', place);
    while (at >= 0 && at + 1 < source.length()) {
      char next = source.charAt(at + 1);
      if (next == '{' || next == '%' || next == '#') {
        return at;
      }
      at = source.indexOf('{', at + 1);
    }
    return source.length();
  }

  private boolean isIndent(int start) {
    int at = start;
    while (at > place && (source.charAt(at - 1) == ' ' || source.charAt(at - 1) == '\t')) {
      at--;
    }
    return at == 0 || source.charAt(at - 1) == '\n';
  }

  private static String withoutIndent(String data) {
    int end = data.length();
    while (end > 0 && (data.charAt(end - 1) == ' ' || data.charAt(end - 1) == '\t')) {
      end--;
    }
    return data.substring(0, end);
  }

  private StripNext construct(char kind, int after) {
    advance(after);
    return switch (kind) {
      case '#' -> comment();
      case '%' -> inside(Kind.TAG_START, Kind.TAG_END, "%}");
      default -> inside(Kind.PRINT_START, Kind.PRINT_END, "}}");
    };
  }

  private StripNext comment() {
    int end = source.indexOf("#}", place);
    if (end < 0) {
      throw TemplateException.syntax(line, "a comment is not closed");
    }
    char before = end > place ? source.charAt(end - 1) : 0;
    advance(end + 2);
    return before == '-' ? StripNext.SPACE : before == '+' ? StripNext.NOTHING : StripNext.LINE;
  }

  private StripNext inside(Kind start, Kind end, String close) {
    tokens.add(new Token(start, "", line));
    int brackets = 0;
    while (true) {
      skipSpace();
      if (place >= source.length()) {
        throw TemplateException.syntax(line, "\"" + close + "\" is missing");
      }
      char c = source.charAt(place);
      boolean signed = (c == '-' || c == '+') && source.startsWith(close, place + 1);
      // A closing brace of a dictionary may stand right before the braces that end the output.
      if (signed || (source.startsWith(close, place) && (brackets == 0 || close.equals("%}")))) {
        tokens.add(new Token(end, close, line));
        advance(place + close.length() + (signed ? 1 : 0));
        if (signed) {
          return c == '-' ? StripNext.SPACE : StripNext.NOTHING;
        }
        return end == Kind.TAG_END ? StripNext.LINE : StripNext.NOTHING;
      }
      brackets += c == '{' ? 1 : c == '}' ? -1 : 0;
      token(c);
    }
  }

  private void token(char c) {
    if (c == '\'' || c == '"') {
      string(c);
    } else if (c >= '0' && c <= '9') {
      number();
    } else if (isNamePart(c)) {
      int start = place;
      while (place < source.length() && isNamePart(source.charAt(place))) {
        place++;
      }
      tokens.add(new Token(Kind.NAME, source.substring(start, place), line));
    } else {
      for (String operator : OPERATORS) {
        if (source.startsWith(operator, place)) {
          tokens.add(new Token(Kind.OPERATOR, operator, line));
          place += operator.length();
          return;
        }
      }
      throw TemplateException.syntax(line, "the character \"" + c + "\" means nothing here");
    }
  }

  private void number() {
    int start = place;
    boolean decimal = false;
    while (place < source.length()) {
      char c = source.charAt(place);
      boolean point =
          c == '.'
              && !decimal
              && place + 1 < source.length()
              && Character.digit(source.charAt(place + 1), 10) >= 0;
      if (!point && c != '_' && (c < '0' || c > '9')) {
        break;
      }
      decimal |= point;
      place++;
    }
    int exponent = exponentLength();
    place += exponent;
    decimal |= exponent > 0;
    String digits = source.substring(start, place).replace("_", "");
    tokens.add(new Token(decimal ? Kind.DECIMAL : Kind.WHOLE, digits, line));
  }

  /** Characters of the exponent that comes next, if one does. */
  private int exponentLength() {
    if (place >= source.length() || Character.toLowerCase(source.charAt(place)) != 'e') {
      return 0;
    }
    int end = place + 1;
    if (end < source.length() && (source.charAt(end) == '+' || source.charAt(end) == '-')) {
      end++;
    }
    int digits = end;
    while (end < source.length() && source.charAt(end) >= '0' && source.charAt(end) <= '9') {
      end++;
    }
    return end == digits ? 0 : end - place;
  }

  private void string(char quote) {
    int startLine = line;
    StringBuilder text = new StringBuilder();
    advance(place + 1);
    while (true) {
      if (place >= source.length()) {
        throw TemplateException.syntax(startLine, "a string is not closed");
      }
      char c = source.charAt(place);
      if (c == quote) {
        break;
      }
      if (c == '\\' && place + 1 < source.length()) {
        text.append(Escapes.spelled(source, place, line));
        advance(place + Escapes.length(source, place));
      } else {
        text.append(c);
        advance(place + 1);
      }
    }
    advance(place + 1);
    tokens.add(new Token(Kind.STRING, text.toString(), startLine));
  }

  private void skipSpace() {
    while (place < source.length() && PythonText.isSpace(source.charAt(place))) {
      advance(place + 1);
    }
  }

  private void advance(int to) {
    for (int i = place; i < to; i++) {
      line += source.charAt(i) == '\n' ? 1 : 0;
    }
    place = to;
  }

  private static boolean isNamePart(char c) {
    return c == '_' || (c < 128 && Character.isLetterOrDigit(c));
  }

  /** What goes from the start of the text after a tag. */
  private enum StripNext {
    NOTHING,
    LINE,
    SPACE;

    String of(String data) {
      return switch (this) {
        case NOTHING -> data;
        case LINE -> data.startsWith("\n") ? data.substring(1) : data;
        case SPACE -> PythonText.stripStart(data);
      };
    }
  }

  /** The escapes of string literals, as Python spells them. */
  private static final class Escapes {
    private static final int HEX = 16;
    private static final int AFTER_MARK = 2;

    private Escapes() {}

    /** What the escape at {@code place} stands for; an unknown one stands for itself. */
    static String spelled(String source, int place, int line) {
      char c = source.charAt(place + 1);
      return switch (c) {
        case 'n' -> "\n";
        case 't' -> "\t";
        case 'r' -> "\r";
        case 'b' -> "\b";
        case 'f' -> "\f";
        case 'a' -> "\u0007";
        case 'v' -> "\u000b";
        case '0', '1', '2', '3', '4', '5', '6', '7' ->
            throw TemplateException.outside(line, "an escape by octal digits");
        case 'N' -> throw TemplateException.outside(line, "an escape by a character's name");
        case '\\', '\'', '"' -> String.valueOf(c);
        case '\n' -> "";
        case 'x', 'u', 'U' -> point(source, place, line);
        default -> "\\" + c;
      };
    }

    /** Characters of the escape at {@code place}. */
    static int length(String source, int place) {
      return AFTER_MARK + digits(source.charAt(place + 1));
    }

    private static int digits(char mark) {
      return switch (mark) {
        case 'x' -> 2;
        case 'u' -> 4;
        case 'U' -> 8;
        default -> 0;
      };
    }

    private static String point(String source, int place, int line) {
      int end = place + length(source, place);
      try {
        String hex = source.substring(place + AFTER_MARK, end);
        return Character.toString(Integer.parseUnsignedInt(hex, HEX));
      } catch (IndexOutOfBoundsException | IllegalArgumentException broken) {
        throw TemplateException.syntax(line, "a string holds a broken escape");
      }
    }
  }
}
