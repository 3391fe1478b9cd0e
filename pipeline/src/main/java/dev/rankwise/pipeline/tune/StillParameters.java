package dev.rankwise.pipeline.tune;

import dev.rankwise.pipeline.train.UpdateHook;
import java.util.BitSet;

/**
 * Parameters that travel with the others and stand still: their gradient counts as 0 before the
 * norm is taken, and weight decay does not reach them.
 *
 * @param still indices of those that stand still
 * @param initial all parameters as they began, (parameters)
 */
record StillParameters(BitSet still, float[] initial) implements UpdateHook {

  @Override
  public float[] completed(float[] theta, float[] gradient) {
    still.stream().forEach(i -> gradient[i] = 0);
    return gradient;
  }

  /** What decay did to them is taken back. */
  @Override
  public void ended(int step, float[] theta) {
    still.stream().forEach(i -> theta[i] = initial[i]);
  }
}
