package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.source.BaseDirectory;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An adapter as a value: a plan, and one number for each of its parameters. This is what is
 * exported, loaded, merged and applied.
 *
 * @param plan what the numbers mean
 * @param values the numbers in the order of the plan's layout
 * @param copies weights of the base that the adapter came with, by their full name: PEFT stores the
 *     frozen weight of an adapted embedding, and loads it over the base's
 */
public record Adapter(AdapterPlan plan, float[] values, Map<String, StoredTensor> copies) {

  /** An adapter without copies of the base's weights. */
  public Adapter(AdapterPlan plan, float[] values) {
    this(plan, values, Map.of());
  }

  public Adapter {
    if (values.length != plan.layout().size()) {
      throw new InternalException(
          "Adapter has %s numbers where its layout has %s"
              .formatted(values.length, plan.layout().size()));
    }
    values = values.clone();
    copies = Collections.unmodifiableMap(new TreeMap<>(copies));
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
   * The weight that an adapted module has with its adapter merged in, (out, in) row-major.
   *
   * @param module one of the plan's adapted modules
   * @param weight the base's weight, (out, in) row-major
   */
  public float[] merged(MatchedModule module, float[] weight) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Parameter parameter : plan.layout().parameters()) {
      TrainableTensor tensor = parameter.tensor();
      if (tensor.module().equals(module.module().path())) {
        tensors.put(tensor.tensor(), values(parameter));
      }
    }
    return plan.method().merged(module, tensors, weight);
  }

  /**
   * Checks that the copies which the adapter came with are the base's own weights, so that reading
   * the base's instead computes the same.
   *
   * @throws UserInputException if one differs: the adapter belongs to another base
   */
  public void requireCopiesOf(BaseDirectory base) {
    if (!copies.isEmpty()) {
      try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
        requireCopiesOf(BaseWeights.of(file, plan.matched().tree()));
      }
    }
  }

  /** The same, where the base's weights are at hand. */
  public void requireCopiesOf(BaseWeights base) {
    copies.forEach(
        (name, copy) -> {
          String source =
              base.has(name) ? name : plan.matched().tree().tokenEmbedding() + ".weight";
          if (!Arrays.equals(copy.floats(), base.floats(source))) {
            throw new UserInputException(
                ("Adapter brings a copy of weight %s that is not this base's; name the base it was"
                        + " trained on")
                    .formatted(name));
          }
        });
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
