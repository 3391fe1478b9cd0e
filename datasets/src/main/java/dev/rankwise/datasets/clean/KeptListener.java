package dev.rankwise.datasets.clean;

/** Is told what becomes of kept rows; a test's may end the process at any of the moments. */
public interface KeptListener {
  /** How far the keeping of new rows is. */
  enum Moment {
    /** The new rows are written, and nothing refers to them. */
    ROWS_WRITTEN,
    /** All of the new part is written, and nothing refers to it. */
    PART_WRITTEN,
    /** The state that names the part is there, and the one before it too. */
    STATE_WRITTEN,
    /** Several parts are written as one, and nothing refers to that. */
    PARTS_JOINED
  }

  /** It is so far. */
  void reached(Moment moment);

  /** What was read and what was not, for people. */
  void told(String words);
}
