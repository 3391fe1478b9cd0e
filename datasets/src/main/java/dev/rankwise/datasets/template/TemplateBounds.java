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

  // The templates of widely used bases take 35 to 150 steps a turn and up to 0.3 a character.
  private static final long LEAST_WORK = 1_000_000;
  private static final long WORK_OF_A_TURN = 1_000;
  private static final long WORK_OF_A_CHARACTER = 2;
  private static final int MOST_CHARACTERS = 16 << 20;
  private static final int RENDERINGS = 100;

  public TemplateBounds {
    if (work < 1 || characters < 1) {
      throw new InternalException(
          "Invalid bounds of a template: %s steps, %s characters (must be positive)"
              .formatted(work, characters));
    }
  }

  /**
   * The bounds of one rendering: a million steps, and for each turn and character more than the
   * templates of widely used bases take.
   *
   * @param turns of the conversation
   * @param characters of all that it says
   */
  public static TemplateBounds of(int turns, long characters) {
    return new TemplateBounds(
        LEAST_WORK + WORK_OF_A_TURN * turns + WORK_OF_A_CHARACTER * characters, MOST_CHARACTERS);
  }

  /** Most steps of all renderings together that one row of a data set takes. */
  public long workOfARow() {
    return RENDERINGS * work;
  }

  /** These bounds, with no more steps than {@code most}. */
  public TemplateBounds atMost(long most) {
    return most < work ? new TemplateBounds(most, characters) : this;
  }
}
