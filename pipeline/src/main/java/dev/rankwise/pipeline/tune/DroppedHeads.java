package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;

/**
 * An adapter by which a decoder has learned to see, without the heads that were compared with a
 * teacher.
 *
 * @param whole its plan as it was trained
 * @param left the same without heads
 */
record DroppedHeads(AdapterPlan whole, AdapterPlan left) {

  static DroppedHeads of(AdapterPlan whole) {
    AdapterSpec spec = whole.spec();
    return new DroppedHeads(
        whole, AdapterPlan.of(whole.base(), spec.withVision(spec.vision().undistilled())));
  }

  /** The numbers that are left, in their order. */
  float[] without(float[] theta) {
    return left.layout().taken(theta, whole.layout());
  }
}
