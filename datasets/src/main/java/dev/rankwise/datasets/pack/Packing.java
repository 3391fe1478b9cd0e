package dev.rankwise.datasets.pack;

/** How texts become sequences. */
public enum Packing {
  /** Each text is a sequence of its own. */
  NONE,
  /** Several texts share a sequence where they fit: see {@link PackingPlan}. */
  BEST_FIT
}
