package dev.rankwise.jobs.nightly;

/** Is told how far a night is; a test's may end the process there. */
@FunctionalInterface
public interface NightListener {
  /** How far a step is. */
  enum Moment {
    /** What it does is done, and not recorded. */
    DONE,
    /** It is recorded. */
    RECORDED
  }

  /** A step is so far. */
  void reached(NightStep step, Moment moment);

  /** The one of production: nothing happens. */
  static NightListener none() {
    return (step, moment) -> {};
  }
}
