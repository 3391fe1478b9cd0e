package dev.rankwise.datasets.clean;

/** Which rows count as the same. */
public enum Duplicates {
  /** Those with one id alone. */
  BY_ID,
  /** Also those with the same text. */
  SAME_TEXT,
  /** Also those with nearly the same text. */
  NEARLY_SAME_TEXT
}
