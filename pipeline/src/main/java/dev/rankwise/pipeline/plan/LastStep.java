package dev.rankwise.pipeline.plan;

/** What becomes of the examples that are left when a run's examples do not fill its last step. */
public enum LastStep {
  /** They are not trained on: a run has {@code floor(epochs · examples / batch)} steps. */
  DROP,
  /** They make one more, smaller step. */
  KEEP
}
