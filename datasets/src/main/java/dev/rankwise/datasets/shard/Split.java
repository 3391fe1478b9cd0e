package dev.rankwise.datasets.shard;

import java.util.Locale;

/** The parts of prepared data. */
public enum Split {
  /** Examples that gradients are computed from. */
  TRAIN,
  /** Examples held out for evaluation. */
  TEST;

  /** The split's folder in prepared data: {@code train} or {@code test}. */
  public String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
