package dev.rankwise.jobs.conf;

/**
 * Where a setting stands.
 *
 * @param words as messages name it; empty for no one place
 * @param rank order of the places in a message
 */
record Place(String words, int rank) {
  /** No one place. */
  static final Place NOWHERE = new Place("", Integer.MAX_VALUE);

  /** On the command line. */
  static final Place COMMAND_LINE = new Place("--set", Integer.MAX_VALUE - 1);

  /** A line of the recipe, from 1. */
  static Place line(int line) {
    return new Place("line " + line, line);
  }

  /** How a value of {@code key} is written here. */
  String form(RecipeKey key) {
    return equals(COMMAND_LINE) ? "--set " + key.name() + "=VALUE" : key.shortName() + ": VALUE";
  }
}
