package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.FailureCode;
import java.util.Optional;

/** Tells a run that it is asked to end. */
@FunctionalInterface
public interface StopSignal {

  /** The end that is asked for; empty as long as none is. */
  Optional<FailureCode> asked();

  /** One that never comes. */
  static StopSignal never() {
    return Optional::empty;
  }
}
