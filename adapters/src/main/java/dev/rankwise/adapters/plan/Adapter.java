package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FloatElements;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.source.BaseDirectory;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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
  /** Floats that are compared at once. */
  private static final int STRETCH = 1 << 16;

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
   * Copies some numbers of one tensor.
   *
   * @param first the first of them within the tensor, row-major
   * @param into gets them, from {@code begin}
   * @param count how many
   */
  public void read(Parameter parameter, int first, float[] into, int begin, int count) {
    Objects.checkFromIndexSize(first, count, parameter.tensor().size());
    System.arraycopy(values, parameter.offset() + first, into, begin, count);
  }

  /** The numbers of an adapted module's tensors by their name within it. */
  public Map<String, float[]> values(MatchedModule module) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Parameter parameter : plan.layout().parameters()) {
      TrainableTensor tensor = parameter.tensor();
      if (tensor.module().equals(module.module().path())) {
        tensors.put(tensor.tensor(), values(parameter));
      }
    }
    return tensors;
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
          if (!sameFloats(copy.elements(), base.elements(source))) {
            throw new UserInputException(
                ("Adapter brings a copy of weight %s that is not this base's; name the base it was"
                        + " trained on")
                    .formatted(name));
          }
        });
  }

  private static boolean sameFloats(FloatElements one, FloatElements other) {
    if (one.size() != other.size()) {
      return false;
    }
    float[] ofOne = new float[STRETCH];
    float[] ofOther = new float[STRETCH];
    for (int first = 0; first < one.size(); first += STRETCH) {
      int count = Math.min(STRETCH, one.size() - first);
      one.read(first, ofOne, 0, count);
      other.read(first, ofOther, 0, count);
      if (!Arrays.equals(ofOne, 0, count, ofOther, 0, count)) {
        return false;
      }
    }
    return true;
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
