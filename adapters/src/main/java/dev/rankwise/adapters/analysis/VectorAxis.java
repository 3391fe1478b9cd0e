package dev.rankwise.adapters.analysis;

/** Which vectors of a weight (out, in) have a length and a direction. */
public enum VectorAxis {
  /** One vector for each output, all that it reads: what DoRA has magnitudes for. */
  ROWS,
  /** One vector for each input, all that it writes to. */
  COLUMNS
}
