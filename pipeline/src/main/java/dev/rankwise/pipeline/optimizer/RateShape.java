package dev.rankwise.pipeline.optimizer;

/** How the learning rate runs after its warm-up; named as transformers names them. */
public enum RateShape {
  /** Never changes; a warm-up is ignored. */
  CONSTANT,
  /** Warms up, then stays. */
  CONSTANT_WITH_WARMUP,
  /** Falls in a straight line to 0 at the last step. */
  LINEAR,
  /** Follows a cosine; half a wave, from 1 to 0, unless another number of waves is set. */
  COSINE,
  /** Follows half a cosine several times, each time from 1. */
  COSINE_WITH_RESTARTS,
  /** Follows a cosine down to a lowest rate. */
  COSINE_WITH_MINIMUM,
  /** Falls to a lowest rate as a power of the steps that are left. */
  POLYNOMIAL,
  /** Falls as 1 over the root of the step. */
  INVERSE_SQUARE_ROOT
}
