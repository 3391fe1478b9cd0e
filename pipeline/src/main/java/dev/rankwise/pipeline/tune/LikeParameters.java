package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Puts neighbours among an adapter's parameters that learn alike into one group. */
final class LikeParameters {
  private LikeParameters() {}

  /**
   * The groups, in the order of the parameters.
   *
   * @param rateFactor what the learning rate is multiplied by
   * @param weightDecay decay of AdamW
   */
  static List<ParameterGroup> joined(
      AdapterPlan plan,
      ToDoubleFunction<Parameter> rateFactor,
      ToDoubleFunction<Parameter> weightDecay) {
    List<ParameterGroup> groups = new ArrayList<>();
    for (Parameter parameter : plan.layout().parameters()) {
      double factor = rateFactor.applyAsDouble(parameter);
      double decay = weightDecay.applyAsDouble(parameter);
      int size = parameter.tensor().size();
      int last = groups.size() - 1;
      ParameterGroup before = last < 0 ? null : groups.get(last);
      if (before != null && before.rateFactor() == factor && before.weightDecay() == decay) {
        int length = Math.addExact(before.length(), size);
        groups.set(last, new ParameterGroup(before.offset(), length, factor, decay));
      } else {
        groups.add(new ParameterGroup(parameter.offset(), size, factor, decay));
      }
    }
    return groups;
  }
}
