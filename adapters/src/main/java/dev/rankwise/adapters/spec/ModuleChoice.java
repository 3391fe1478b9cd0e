package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How a configuration names modules: by a list of names, by one regular expression, as all linear
 * modules, or not at all.
 *
 * @param kind which of these
 * @param entries the names, or the expression as the only entry; empty otherwise
 */
public record ModuleChoice(Kind kind, List<String> entries) implements Serializable {
  /** The text, in any case, that names every linear module but the output layer. */
  public static final String ALL_LINEAR = "all-linear";

  /** Characters of an expression that a message quotes. */
  static final int MOST_SHOWN = 200;

  /** The ways of naming modules. */
  public enum Kind {
    /** Nothing is named: the base's usual targets, or no exclusion. */
    UNSET,
    /** A module matches if its path is an entry or ends in a dot and an entry. */
    LIST,
    /** A module matches if the expression matches its whole path. */
    EXPRESSION,
    /** Every linear module but the output layer matches. */
    ALL_LINEAR
  }

  public ModuleChoice {
    entries = List.copyOf(entries);
  }

  /** No names. */
  public static ModuleChoice unset() {
    return new ModuleChoice(Kind.UNSET, List.of());
  }

  /** A list of names; an empty list matches nothing. */
  public static ModuleChoice of(List<String> names) {
    return new ModuleChoice(Kind.LIST, names);
  }

  /**
   * A single text: {@code all-linear} in any case, or a regular expression.
   *
   * @throws UserInputException if the expression cannot be compiled
   */
  public static ModuleChoice of(String text) {
    if (text.toLowerCase(Locale.ROOT).equals(ALL_LINEAR)) {
      return new ModuleChoice(Kind.ALL_LINEAR, List.of());
    }
    expression(text);
    return new ModuleChoice(Kind.EXPRESSION, List.of(text));
  }

  /** Whether the module at {@code path} is named by a list or an expression. */
  public boolean names(String path) {
    return switch (kind) {
      case LIST -> entries.stream().anyMatch(entry -> isOrEndsIn(path, entry));
      case EXPRESSION -> matcher(entries.get(0), path).matches();
      case UNSET, ALL_LINEAR -> false;
    };
  }

  /** Whether {@code path} is {@code entry}, or ends in a dot and {@code entry}. */
  static boolean isOrEndsIn(String path, String entry) {
    return path.equals(entry) || path.endsWith("." + entry);
  }

  /** A matcher of an expression on a module's path, with an end to its backtracking. */
  static Matcher matcher(String expression, String path) {
    return expression(expression).matcher(new CountedText(path, expression));
  }

  /**
   * Compiles an expression written for Python's {@code re}. The syntax that module names need is
   * the same in both languages; named groups, which Python writes {@code (?P<name>…)}, are
   * rewritten.
   */
  private static Pattern expression(String text) {
    try {
      return Pattern.compile(text.replace("(?P<", "(?<"));
    } catch (PatternSyntaxException e) {
      throw new UserInputException(
          "Invalid regular expression \"%s\": %s; mend it or name modules in a list"
              .formatted(PrintableText.of(text, MOST_SHOWN), e.getDescription()),
          e);
    }
  }
}
