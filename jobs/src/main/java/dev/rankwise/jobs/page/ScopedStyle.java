package dev.rankwise.jobs.page;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The stylesheet of pages, for what lies within one element alone. Notebooks are light whatever the
 * system prefers, and are not printed by us, so what pages say of these is left out.
 *
 * <p>This reads the program's own stylesheet, not CSS at large: rules, and rules within one {@code
 * @media}; no comment and no brace within a string.
 */
final class ScopedStyle {
  private static final List<String> LEFT_OUT = List.of("prefers-color-scheme", "print");
  private static final List<String> WHOLE_PAGE = List.of(":root", "body", "main");

  /** The place that a page takes for itself, which a piece is given. */
  private static final List<String> NOT_OF_PIECES =
      List.of("color-scheme:", "margin:", "max-width:", "padding:");

  private ScopedStyle() {}

  /** The rules of {@code stylesheet}, each for what lies within {@code scope} alone. */
  static String of(String stylesheet, String scope) {
    StringBuilder scoped = new StringBuilder();
    int at = 0;
    for (int brace = stylesheet.indexOf('{'); brace >= 0; brace = stylesheet.indexOf('{', at)) {
      String head = stylesheet.substring(at, brace).strip();
      int end = end(stylesheet, brace);
      String body = stylesheet.substring(brace + 1, end);
      at = end + 1;
      if (!head.startsWith("@")) {
        scoped.append(selectors(head, scope)).append(" {").append(body(head, body)).append("}\n");
      } else if (LEFT_OUT.stream().noneMatch(head::contains)) {
        scoped.append(head).append(" {\n").append(of(body, scope)).append("}\n");
      }
    }
    return scoped.toString();
  }

  /** The brace that closes the one at {@code brace}. */
  private static int end(String stylesheet, int brace) {
    int open = 0;
    for (int i = brace; i < stylesheet.length(); i++) {
      open += stylesheet.charAt(i) == '{' ? 1 : 0;
      open -= stylesheet.charAt(i) == '}' ? 1 : 0;
      if (open == 0) {
        return i;
      }
    }
    return stylesheet.length();
  }

  private static String selectors(String head, String scope) {
    List<String> selectors = new ArrayList<>();
    for (String selector : head.split(",")) {
      String trimmed = selector.strip();
      selectors.add(WHOLE_PAGE.contains(trimmed) ? scope : scope + " " + trimmed);
    }
    return String.join(", ", selectors);
  }

  /** A piece fills the width that it is given, and does not choose between light and dark. */
  private static String body(String head, String body) {
    if (!WHOLE_PAGE.contains(head)) {
      return body;
    }
    return Stream.of(body.split(";"))
        .map(String::strip)
        .filter(line -> !line.isEmpty() && NOT_OF_PIECES.stream().noneMatch(line::startsWith))
        .map(line -> line + "; ")
        .collect(Collectors.joining());
  }
}
