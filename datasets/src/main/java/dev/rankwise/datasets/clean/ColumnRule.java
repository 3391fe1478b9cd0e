package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.WordGrams;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What the value of a column must be. A value that is absent counts as empty.
 *
 * @param column its name
 * @param leastCharacters fewest Unicode characters
 * @param mostCharacters most of them
 * @param leastWords fewest words
 * @param mostWords most of them
 * @param matches regular expression of which a part of the value is one; empty for none
 * @param lacks regular expression of which no part of the value is one; empty for none
 */
public record ColumnRule(
    String column,
    int leastCharacters,
    int mostCharacters,
    int leastWords,
    int mostWords,
    String matches,
    String lacks)
    implements Serializable {
  public ColumnRule {
    Objects.requireNonNull(column, "column");
    requireRange(column, "characters", leastCharacters, mostCharacters);
    requireRange(column, "words", leastWords, mostWords);
    requireExpression(column, matches);
    requireExpression(column, lacks);
  }

  private static void requireRange(String column, String what, int least, int most) {
    if (least < 0 || most < least) {
      throw new UserInputException(
          ("Invalid rule for %s of column \"%s\": at least %s, at most %s (must not be negative, and"
                  + " the first no more than the second); mend it in data.column-rules")
              .formatted(what, column, least, most));
    }
  }

  private static void requireExpression(String column, String expression) {
    try {
      Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new UserInputException(
          ("Invalid rule of column \"%s\": \"%s\" (%s; must be a regular expression of Java); mend it"
                  + " in data.column-rules")
              .formatted(column, expression, e.getDescription()),
          e);
    }
  }

  /** The rule in words, by what it is about; what says nothing is left out. */
  Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    put(described, "least-characters", leastCharacters, 0);
    put(described, "most-characters", mostCharacters, Integer.MAX_VALUE);
    put(described, "least-words", leastWords, 0);
    put(described, "most-words", mostWords, Integer.MAX_VALUE);
    if (!matches.isEmpty()) {
      described.put("matches", matches);
    }
    if (!lacks.isEmpty()) {
      described.put("lacks", lacks);
    }
    return described;
  }

  private static void put(Map<String, String> described, String name, int value, int nothing) {
    if (value != nothing) {
      described.put(name, Integer.toString(value));
    }
  }

  /** A rule ready to judge. */
  Judge judge() {
    return new Judge(this);
  }

  /** Judges values by a rule, its expressions compiled once. */
  static final class Judge {
    private final ColumnRule rule;
    private final Pattern matches;
    private final Pattern lacks;

    private Judge(ColumnRule rule) {
      this.rule = rule;
      this.matches = Pattern.compile(rule.matches());
      this.lacks = Pattern.compile(rule.lacks());
    }

    String column() {
      return rule.column();
    }

    /** Whether a value keeps the rule; an absent one counts as empty. */
    boolean allows(String value) {
      int characters = value.codePointCount(0, value.length());
      if (characters < rule.leastCharacters() || characters > rule.mostCharacters()) {
        return false;
      }
      boolean counted = rule.leastWords() > 0 || rule.mostWords() < Integer.MAX_VALUE;
      int words = counted ? WordGrams.count(value) : rule.leastWords();
      return words >= rule.leastWords()
          && words <= rule.mostWords()
          && (rule.matches().isEmpty() || matches.matcher(value).find())
          && (rule.lacks().isEmpty() || !lacks.matcher(value).find());
    }
  }
}
