package dev.rankwise.adapters.dora;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.AdaptedProduct.ByHand;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * DoRA: LoRA turns a weight, and a trained magnitude m stretches each of its rows.
 *
 * <pre>
 *   V = W₀ + s·B·A          n = ‖V‖ by rows, (out)          g = m / n
 *   y = x·(g ⊙ V)ᵀ + b = b + g ⊙ (x·W₀ᵀ + s·(x·Aᵀ)·Bᵀ)
 * </pre>
 *
 * <table>
 * <caption>Shapes, start</caption>
 * <tr><th>symbol</th><th>shape</th><th>starts as</th></tr>
 * <tr><td>A, B</td><td>as in {@link Lora}</td><td>as there</td></tr>
 * <tr><td>m, {@code lora_magnitude_vector}</td><td>(out)</td><td>‖W₀‖ by rows, so g = 1, to the
 * bit</td></tr>
 * </table>
 *
 * <p>n carries no gradient (section 4.3 of the paper: less memory, hardly another result). With G =
 * ∂L/∂y: ∂L/∂m = Σ G ⊙ (y − b) / m, and A and B learn as in LoRA with g ⊙ G for G.
 *
 * <p>Neither B·A nor a copy of W₀ is built in training: {@code n² = ‖W₀‖² + 2s·Σ B ⊙ (W₀·Aᵀ) + s²·Σ
 * (B·(A·Aᵀ)) ⊙ B}, once for each vector of parameters, whatever the number of micro-batches. Where
 * that all but cancels (n² below a thousandth of ‖W₀‖²) the row is computed directly, in double.
 * Where a row of W₀ is zero it stays LoRA's (g = 1), and its m does not move: PEFT divides by zero
 * there. A table has a norm for each of its columns.
 *
 * <p>Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation" (arXiv 2402.09353), sections
 * 4.1 to 4.3.
 */
public record Dora() implements AdapterMethod {
  private static final Lora LORA = new Lora();
  private static final String MAGNITUDE = "lora_magnitude_vector";
  private static final String KERNEL = "kernels/linear/dora.torchscript";
  private static final String DROPPED = "kernels/linear/dora_dropped.torchscript";
  private static final ByHand BY_HAND =
      new ByHand("kernels/linear/dora_keeping.torchscript", "kernels/linear/dora_back.torchscript");
  private static final String NORMS = "kernels/linear/dora_norms.torchscript";
  private static final String TABLE = "kernels/table/dora.torchscript";
  private static final String TABLE_NORMS = "kernels/table/dora_norms.torchscript";

  @Override
  public String name() {
    return "dora";
  }

  @Override
  public Optional<String> peftType() {
    return LORA.peftType();
  }

  @Override
  public Optional<String> peftVariant() {
    return Optional.of("use_dora");
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    LORA.requireComputable(spec, matched);
    for (MatchedModule module : matched.adapted()) {
      if (module.module().kind() == ModuleKind.CONV2D) {
        throw new UserInputException(
            ("Cannot compute DoRA on module %s of kind conv2d (only linear modules and embeddings"
                    + " have magnitudes); take it out of the targets, or choose LoRA")
                .formatted(module.module().path()));
      }
    }
    if (spec.beside().biasOfB()) {
      throw new UserInputException(
          "Invalid lora_bias: true (it cannot be combined with DoRA); set it to false");
    }
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    List<TrainableTensor> tensors = new ArrayList<>(LORA.tensors(module));
    tensors.add(magnitude(module));
    return tensors;
  }

  private static TrainableTensor magnitude(MatchedModule module) {
    ModuleShape shape = module.module();
    return new TrainableTensor(shape.path(), MAGNITUDE, List.of(shape.outFeatures()));
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return tensor.tensor().equals(MAGNITUDE) ? Parameter.Role.MAGNITUDE : LORA.role(tensor);
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    return LORA.initial(module, tensor, initialisation, stream);
  }

  /**
   * The kernel of LoRA's group with the magnitudes side by side; a projection that is not adapted
   * has none, and is not stretched.
   */
  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    AdaptedProduct lora = LORA.product(group, adapted, dropout);
    List<TrainableTensor> read = new ArrayList<>(lora.tensors());
    Map<String, String> filled = new LinkedHashMap<>(lora.substitutions());
    if (group.get(0).kind() == ModuleKind.EMBEDDING) {
      filled.put("magnitudes", "${t%s}".formatted(read.size()));
      read.add(magnitude(adapted.get(group.get(0).path())));
      return new AdaptedProduct(TABLE, filled, read, TABLE_NORMS, List.of());
    }
    filled.putAll(new DoraGroup(group, adapted, dropout, read).substitutions());
    List<String> gradients = new ArrayList<>();
    for (ModuleShape module : group) {
      if (adapted.containsKey(module.path())) {
        gradients.add("${g%s}".formatted(read.size()));
        read.add(magnitude(adapted.get(module.path())));
      }
    }
    if (dropout > 0) {
      return new AdaptedProduct(DROPPED, filled, read, NORMS, lora.dropped());
    }
    return new AdaptedProduct(KERNEL, filled, read, NORMS, List.of())
        .with(BY_HAND, Map.of("gradients_m", String.join(", ", gradients)));
  }

  /** {@code g ⊙ V} with V, n and g in double, rounded once. */
  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    int in = module.module().inFeatures();
    float[] magnitudes = tensors.get(MAGNITUDE);
    double[] direction = new double[in];
    for (int row = 0; row < count; row++) {
      LORA.update(module, tensors, first + row, direction);
      double squares = 0;
      double bare = 0;
      for (int i = 0; i < in; i++) {
        double weight = rows[row * in + i];
        direction[i] += weight;
        squares += direction[i] * direction[i];
        bare += weight * weight;
      }
      double stretch = bare == 0 || squares == 0 ? 1 : magnitudes[first + row] / Math.sqrt(squares);
      for (int i = 0; i < in; i++) {
        rows[row * in + i] = (float) (stretch * direction[i]);
      }
    }
  }
}
