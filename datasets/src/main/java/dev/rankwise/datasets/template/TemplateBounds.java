package dev.rankwise.datasets.template;

import dev.rankwise.models.failure.InternalException;

/**
 * What one rendering may cost. Work is counted, not timed, so that a template ends at the same
 * place on every machine.
 *
 * @param work most steps; an expression or statement is one, text that is made or searched one for
 *     each 16 characters
 * @param characters most characters of the output, and of any text on the way to it
 */
public record TemplateBounds(long work, int characters) {
  /** Most items that {@code range} yields, as in Jinja's own sandbox. */
  static final int RANGE_ITEMS = 100_000;

  /** Most levels of expressions, statements and calls within each other. */
  static final int DEPTH = 300;

  /** Most levels of brackets and blocks in a template's text. */
  static final int PARSED_DEPTH = 60;

  private static final int USUAL_WORK = 20_000_000;
  private static final int USUAL_CHARACTERS = 16 << 20;

  public TemplateBounds {
    if (work < 1 || characters < 1) {
      throw new InternalException(
          "Invalid bounds of a template: %s steps, %s characters (must be positive)"
              .formatted(work, characters));
    }
  }

  /** Enough for the longest conversations that rows may hold. */
  public static TemplateBounds usual() {
    return new TemplateBounds(USUAL_WORK, USUAL_CHARACTERS);
  }
}
