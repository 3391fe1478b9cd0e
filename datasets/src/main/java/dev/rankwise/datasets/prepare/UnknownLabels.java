package dev.rankwise.datasets.prepare;

/** What a row means whose label is not in the label set. */
public enum UnknownLabels {
  /** The row is a counted rejection. */
  REJECT,
  /** The data cannot be used: nothing is prepared. */
  FAIL
}
