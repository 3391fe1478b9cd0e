package dev.rankwise.jobs.chart;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML and SVG that are also well-formed XML. Whatever is given as text or as an attribute's
 * value is escaped, so nothing that a user wrote can become markup.
 */
public final class Markup {
  private static final char REPLACEMENT = '\uFFFD';

  private final StringBuilder written = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();
  private int identifiers;

  /** Opens {@code element}; {@code attributes} are names and values in turn. */
  public Markup open(String element, String... attributes) {
    start(element, attributes);
    written.append('>');
    open.push(element);
    return this;
  }

  /** Writes an element without content: a void element of HTML, or any of SVG. */
  public Markup leaf(String element, String... attributes) {
    start(element, attributes);
    written.append("/>");
    return this;
  }

  /** Writes an element that holds text only. */
  public Markup element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  /** Writes text. */
  public Markup text(String text) {
    escape(text);
    return this;
  }

  /** Writes {@code text} as it is: for texts that are part of the program, never a user's. */
  Markup verbatim(String text) {
    written.append(text);
    return this;
  }

  /** Writes the program's own stylesheet, in which {@code <} and {@code &} must not occur. */
  public Markup style(String stylesheet) {
    if (stylesheet.indexOf('<') >= 0 || stylesheet.indexOf('&') >= 0) {
      throw new InternalException("A stylesheet may hold neither \"<\" nor \"&\"");
    }
    return open("style").verbatim(stylesheet).close();
  }

  /** Closes the element that was opened last. */
  public Markup close() {
    written.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Begins a new line in the source text, where white space does not show. */
  public Markup line() {
    written.append('\n');
    return this;
  }

  /** An identifier that this text does not use yet. */
  String newIdentifier() {
    identifiers++;
    return "i" + identifiers;
  }

  /** The whole text; every element must be closed. */
  public String finished() {
    if (!open.isEmpty()) {
      throw new InternalException("The element \"" + open.peek() + "\" was never closed");
    }
    return written.toString();
  }

  private void start(String element, String... attributes) {
    written.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      written.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      written.append('"');
    }
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      switch (letter) {
        case '&' -> written.append("&amp;");
        case '<' -> written.append("&lt;");
        case '>' -> written.append("&gt;");
        case '"' -> written.append("&quot;");
        case '\'' -> written.append("&#39;");
        default -> {
          if (Character.isHighSurrogate(letter)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1))) {
            written.append(letter).append(text.charAt(++i));
          } else {
            written.append(allowed(letter) ? letter : REPLACEMENT);
          }
        }
      }
    }
  }

  // What XML 1.0 lets stand in a text, half a surrogate pair and most control characters aside.
  private static boolean allowed(char letter) {
    return letter == '\t'
        || letter == '\n'
        || (letter >= 0x20 && letter < 0x7F)
        || (letter > 0x9F && letter <= 0xFFFD && !Character.isSurrogate(letter));
  }
}
