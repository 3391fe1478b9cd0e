package dev.rankwise.datasets.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A template in the part of Jinja that chat templates use, set up as they expect: line breaks after
 * tags and blanks before them are trimmed, and loops may be left.
 *
 * <table>
 *   <caption>What is read</caption>
 *   <tr><td>tags</td><td>{@code if for set macro generation break continue}</td></tr>
 *   <tr><td>values</td><td>texts, numbers, lists, dictionaries; attributes, subscripts, slices;
 *     all operators</td></tr>
 *   <tr><td>calls</td><td>{@code range namespace dict raise_exception}, macros, and the methods,
 *     filters and tests that look at a value without changing it</td></tr>
 * </table>
 *
 * <p>Anything else is a {@link TemplateException} that names it. No template sees an object of
 * Java's, a file, a clock or the network, and each rendering is bounded: see {@link
 * TemplateBounds}. Safe for several threads.
 */
public final class ChatTemplate {
  private static final int MOST_CHARACTERS = 1 << 20;

  private final List<Statement> statements;
  private final boolean marksGeneration;

  private ChatTemplate(List<Statement> statements, boolean marksGeneration) {
    this.statements = statements;
    this.marksGeneration = marksGeneration;
  }

  /**
   * Reads a template.
   *
   * @throws TemplateException if it is too long, broken, or uses what is not read
   */
  public static ChatTemplate of(String source) {
    if (source.length() > MOST_CHARACTERS) {
      throw TemplateException.bound("it has more than " + MOST_CHARACTERS + " characters");
    }
    StatementParser.Parsed parsed = StatementParser.parse(source);
    return new ChatTemplate(parsed.statements(), parsed.marksGeneration());
  }

  /** Whether the template marks what the model writes by {@code generation}. */
  public boolean marksGeneration() {
    return marksGeneration;
  }

  /**
   * Renders the template.
   *
   * @param variables by name: null, {@link Boolean}, {@link Long}, {@link Double}, {@link String},
   *     and lists and string-keyed maps of these
   * @throws TemplateException if it cannot be carried out within {@code bounds}
   */
  public Rendered render(Map<String, ?> variables, TemplateBounds bounds) {
    Scope scope = new Scope(null);
    variables.forEach(scope::set);
    return new Interpreter(bounds).run(statements, scope);
  }

  /**
   * What a template made.
   *
   * @param text the output
   * @param generated start and end, in UTF-16 units, of each part marked as written by the model
   * @param work steps that it took
   */
  public record Rendered(String text, List<int[]> generated, long work) {
    public Rendered {
      generated = new ArrayList<>(generated);
    }
  }
}
