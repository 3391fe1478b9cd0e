package dev.rankwise.datasets.pack;

/** What becomes of a text with more tokens than allowed. */
public enum Truncation {
  /** Its end is cut off. */
  RIGHT,
  /** Its start is cut off. */
  LEFT,
  /** It is a counted rejection. */
  DROP,
  /** It becomes several texts of the allowed length, and a shorter last one. */
  SPLIT
}
