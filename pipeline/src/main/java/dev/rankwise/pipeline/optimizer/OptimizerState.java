package dev.rankwise.pipeline.optimizer;

import java.util.BitSet;

/** What AdamW remembers between steps. Changed in place by {@link AdamW#update}. */
public final class OptimizerState {
  private final float[] first;
  private final float[] second;
  private int updates;

  private OptimizerState(float[] first, float[] second, int updates) {
    if (first.length != second.length || updates < 0) {
      throw new IllegalArgumentException(
          "Invalid optimizer state: %s first and %s second moments after %s updates"
              .formatted(first.length, second.length, updates));
    }
    this.first = first;
    this.second = second;
    this.updates = updates;
  }

  /** The state before the first update. */
  public static OptimizerState fresh(int parameters) {
    return new OptimizerState(new float[parameters], new float[parameters], 0);
  }

  /** The state that was saved after {@code updates} updates. */
  public static OptimizerState restored(float[] first, float[] second, int updates) {
    return new OptimizerState(first.clone(), second.clone(), updates);
  }

  /** A copy of the mean gradients, (parameters). */
  public float[] first() {
    return first.clone();
  }

  /** A copy of the mean squared gradients, (parameters). */
  public float[] second() {
    return second.clone();
  }

  /** How many updates have been made. */
  public int updates() {
    return updates;
  }

  /**
   * Indices of the parameters that no update had a gradient of: both moments are what they began
   * as. What moved of these was moved by weight decay.
   */
  public BitSet untouched() {
    BitSet untouched = new BitSet(first.length);
    for (int i = 0; i < first.length; i++) {
      untouched.set(i, first[i] == 0 && second[i] == 0);
    }
    return untouched;
  }

  float[] firstInPlace() {
    return first;
  }

  float[] secondInPlace() {
    return second;
  }

  void countUpdate() {
    updates++;
  }
}
