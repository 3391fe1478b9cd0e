package dev.rankwise.adapters.merge;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The weights of a base with an adapter merged in, each made when it is asked for.
 *
 * <table>
 * <caption>What becomes of a weight</caption>
 * <tr><th>weight</th><th>merged</th></tr>
 * <tr><td>of an adapted module</td><td>{@code W₀ + ΔW} in float32; {@code W₀ + ΔWᵀ} where the base
 * stores it (in, out)</td></tr>
 * <tr><td>of a module that is kept</td><td>the adapter's</td></tr>
 * <tr><td>any other</td><td>the base's, its bytes unchanged</td></tr>
 * </table>
 *
 * <p>In float32 the merged base computes what base and adapter compute side by side, up to rounding
 * (PEFT's own bound is 1e-4 on the logits).
 */
public final class MergedWeights {
  private static final String WEIGHT = ".weight";

  private final Adapter adapter;
  private final BaseWeights base;
  private final Map<String, MatchedModule> adapted = new TreeMap<>();
  private final Map<String, Parameter> kept = new TreeMap<>();

  private MergedWeights(Adapter adapter, BaseWeights base) {
    this.adapter = adapter;
    this.base = base;
    for (MatchedModule module : adapter.plan().matched().adapted()) {
      adapted.put(module.module().path() + WEIGHT, module);
    }
    for (Parameter parameter : adapter.plan().layout().parameters()) {
      if (parameter.role() == Parameter.Role.KEPT) {
        kept.put(parameter.tensor().name(), parameter);
      }
    }
  }

  /**
   * Joins an adapter with its base's weights.
   *
   * @param base the weights under the names of the adapter's module tree; they stay the caller's
   * @throws UserInputException if the base lacks a weight that the adapter does not bring
   */
  public static MergedWeights of(Adapter adapter, BaseWeights base) {
    MergedWeights merged = new MergedWeights(adapter, base);
    for (String name : merged.adapted.keySet()) {
      if (!merged.names().contains(name)) {
        throw new UserInputException(
            ("Cannot merge: weight %s is tied to another of %s, which the update would change too;"
                    + " leave its module out of the targets")
                .formatted(name, merged.plan().base().architecture()));
      }
    }
    for (String name : base.missing()) {
      if (!merged.kept.containsKey(name)) {
        throw new UserInputException(
            ("Cannot merge: neither the base nor the adapter has weight %s of %s; train its module"
                    + " among the modules to save")
                .formatted(name, merged.plan().base().architecture()));
      }
    }
    return merged;
  }

  /** Names of all weights in the order of the base's module tree. */
  public List<String> names() {
    return List.copyOf(plan().matched().tree().tensors().keySet());
  }

  /**
   * One weight of the merged base, row-major as the base stores it.
   *
   * @throws TrainingStoppedException if a number of it is not finite
   */
  public float[] floats(String name) {
    Parameter parameter = kept.get(name);
    MatchedModule module = adapted.get(name);
    float[] merged =
        parameter != null
            ? adapter.values(parameter)
            : module != null ? sum(module, base.floats(name)) : base.floats(name);
    for (float value : merged) {
      if (!Float.isFinite(value)) {
        throw new TrainingStoppedException(
            ("Cannot merge: weight %s holds a number that is not finite; merge an adapter of an"
                    + " earlier checkpoint, or check the base")
                .formatted(name));
      }
    }
    return merged;
  }

  /**
   * Writes {@code model.safetensors}, one weight after the other. Merged and kept weights are
   * float32; the others keep their type.
   */
  public void write(Path file) {
    List<Outline> outlines = new ArrayList<>();
    plan()
        .matched()
        .tree()
        .tensors()
        .forEach((name, shape) -> outlines.add(new Outline(name, type(name), shape)));
    SafetensorsWriter.write(file, Map.of("format", "pt"), outlines, this::bytes);
  }

  private AdapterPlan plan() {
    return adapter.plan();
  }

  private boolean changes(String name) {
    return kept.containsKey(name) || adapted.containsKey(name);
  }

  private ElementType type(String name) {
    return changes(name) ? ElementType.F32 : base.present().get(name).type();
  }

  private ByteBuffer bytes(String name) {
    if (!changes(name)) {
      return base.bytes(name);
    }
    float[] values = floats(name);
    return StoredTensor.ofFloats(name, List.of((long) values.length), values).bytes();
  }

  private float[] sum(MatchedModule module, float[] weight) {
    int in = module.module().inFeatures();
    int out = module.module().outFeatures();
    float[] update = adapter.update(module);
    boolean transposed = module.module().kind() == ModuleKind.CONV1D;
    float[] merged = new float[weight.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        int place = transposed ? i * out + o : o * in + i;
        merged[place] = weight[place] + update[o * in + i];
      }
    }
    return merged;
  }
}
