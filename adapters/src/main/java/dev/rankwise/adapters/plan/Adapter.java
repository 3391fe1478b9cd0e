package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.TrainableTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An adapter as a value: a plan, and one number for each of its parameters. This is what is
 * exported, loaded, merged and applied.
 *
 * @param plan what the numbers mean
 * @param values the numbers in the order of the plan's layout
 */
public record Adapter(AdapterPlan plan, float[] values) {

  public Adapter {
    if (values.length != plan.layout().size()) {
      throw new InternalException(
          "Adapter has %d numbers where its layout has %d"
              .formatted(values.length, plan.layout().size()));
    }
    values = values.clone();
  }

  /** A copy of the numbers. */
  @Override
  public float[] values() {
    return values.clone();
  }

  /** The numbers of one tensor, row-major. */
  public float[] values(Parameter parameter) {
    return Arrays.copyOfRange(
        values, parameter.offset(), parameter.offset() + parameter.tensor().size());
  }

  /**
   * The update ΔW of an adapted module, (out, in) row-major, scale included.
   *
   * @param module one of the plan's adapted modules
   */
  public float[] update(MatchedModule module) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Parameter parameter : plan.layout().parameters()) {
      TrainableTensor tensor = parameter.tensor();
      if (tensor.module().equals(module.module().path())) {
        tensors.put(tensor.tensor(), values(parameter));
      }
    }
    return plan.method().update(module, tensors);
  }

  /** Name of the first tensor that holds a number that is not finite; empty if none does. */
  public Optional<String> firstNotFinite() {
    for (Parameter parameter : plan.layout().parameters()) {
      for (float value : values(parameter)) {
        if (!Float.isFinite(value)) {
          return Optional.of(parameter.tensor().name());
        }
      }
    }
    return Optional.empty();
  }
}
