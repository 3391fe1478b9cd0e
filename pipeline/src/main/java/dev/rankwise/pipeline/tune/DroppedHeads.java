package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;

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
    float[] values = new float[left.layout().size()];
    for (Parameter parameter : left.layout().parameters()) {
      int from = whole.layout().offsetOf(parameter.tensor().name());
      System.arraycopy(theta, from, values, parameter.offset(), parameter.tensor().size());
    }
    return values;
  }
}
