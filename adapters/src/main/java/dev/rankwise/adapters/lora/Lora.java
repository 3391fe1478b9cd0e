package dev.rankwise.adapters.lora;

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
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * LoRA: beside a frozen weight W₀ two small factors are trained, whose product is the update.
 *
 * <pre>
 *          x (N, in)
 *       ┌─────┴─────┐
 *   W₀ (out, in)   A (r, in)
 *       │           │  u = x·Aᵀ (N, r)
 *       │          B (out, r)
 *       └─────┬─────┘
 *   y = x·W₀ᵀ + b + s·u·Bᵀ          ΔW = s·B·A, of rank at most r
 * </pre>
 *
 * <table>
 * <caption>Shapes, ranges, start</caption>
 * <tr><th>symbol</th><th>shape</th><th>starts as</th></tr>
 * <tr><td>A, {@code lora_A.weight}</td><td>(r, in)</td><td>U(−1/√in, 1/√in), or N(0, 1/r²)</td></tr>
 * <tr><td>B, {@code lora_B.weight}</td><td>(out, r)</td><td>0, so a fresh adapter changes
 * nothing</td></tr>
 * <tr><td>s</td><td>number</td><td>α/r, or α/√r (rsLoRA)</td></tr>
 * </table>
 *
 * <p>With G = ∂L/∂y: ∂L/∂B = s·Gᵀ·u and ∂L/∂A = s·(G·B)ᵀ·x. So in the first step only B moves.
 *
 * <p>Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv 2106.09685),
 * section 4.1, equation 3; scale of rsLoRA: arXiv 2312.03732, section 3. Where the paper draws A
 * from a normal distribution, PEFT's default is Kaiming's uniform with a = √5, which is the uniform
 * above; both are offered.
 *
 * <p>Adapted are linear modules, GPT-2's {@code Conv1D} among them. Embeddings, convolutions,
 * {@code lora_bias} and dropout are refused by name.
 */
public record Lora() implements AdapterMethod {
  private static final String A = "lora_A.weight";
  private static final String B = "lora_B.weight";
  private static final String KERNEL = "kernels/linear/lora.torchscript";
  private static final Set<ModuleKind> PRODUCTS = EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D);

  @Override
  public String name() {
    return "lora";
  }

  @Override
  public Optional<String> peftType() {
    return Optional.of("LORA");
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    if (spec.biasOfB()) {
      throw new UserInputException(
          "Cannot compute an adapter with lora_bias: true (factor B has no bias here); set it to"
              + " false");
    }
    for (MatchedModule module : matched.adapted()) {
      ModuleKind kind = module.module().kind();
      if (!PRODUCTS.contains(kind)) {
        throw new UserInputException(
            ("Cannot compute LoRA on module %s of kind %s (only linear modules are adapted); take"
                    + " it out of the targets, or name it among the modules to save")
                .formatted(module.module().path(), kind.name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  @Override
  public void requireTrainable(AdapterSpec spec) {
    if (spec.dropout() > 0) {
      throw new UserInputException(
          "Cannot train with an adapter dropout of %s (the adapter's input is not dropped here); set it to 0"
              .formatted(spec.dropout()));
    }
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    ModuleShape shape = module.module();
    return List.of(
        new TrainableTensor(shape.path(), A, List.of(module.rank(), shape.inFeatures())),
        new TrainableTensor(shape.path(), B, List.of(shape.outFeatures(), module.rank())));
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return tensor.tensor().equals(A) ? Parameter.Role.FACTOR_A : Parameter.Role.FACTOR_B;
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    if (tensor.tensor().equals(B)) {
      return new float[tensor.size()];
    }
    return switch (initialisation) {
      case KAIMING_UNIFORM ->
          stream.uniform(tensor.size(), 1 / Math.sqrt(module.module().inFeatures()));
      case GAUSSIAN -> stream.normal(tensor.size(), 1.0 / module.rank());
    };
  }

  /**
   * The A factors of the group stand on top of each other, (Σr, in); the B factors form a block
   * diagonal, (Σout, Σr), in which a projection that is not adapted is a block of no columns. So
   * ranks and targets may differ within the group. A scale that all share is left to the product;
   * otherwise each B comes times its own.
   */
  @Override
  public AdaptedProduct product(List<ModuleShape> group, Map<String, MatchedModule> adapted) {
    List<Double> scales = adapted.values().stream().map(MatchedModule::scale).distinct().toList();
    List<TrainableTensor> read = new ArrayList<>();
    List<String> stacked = new ArrayList<>();
    List<String> blocks = new ArrayList<>();
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched == null) {
        blocks.add("torch.empty([%d, 0], dtype=6)".formatted(module.outFeatures()));
        continue;
      }
      for (TrainableTensor tensor : tensors(matched)) {
        String place = "${t%d}".formatted(read.size());
        read.add(tensor);
        if (tensor.tensor().equals(A)) {
          stacked.add(place);
        } else {
          blocks.add(
              scales.size() == 1 ? place : "torch.mul(%s, %s)".formatted(place, matched.scale()));
        }
      }
    }
    return new AdaptedProduct(
        KERNEL,
        Map.of(
            "factors_a", joined("cat", stacked),
            "factors_b", joined("block_diag", blocks),
            "scale", Double.toString(scales.size() == 1 ? scales.get(0) : 1)),
        read);
  }

  /** The factors as one; a single one needs no copy. */
  private static String joined(String function, List<String> factors) {
    return factors.size() == 1
        ? factors.get(0)
        : "torch.%s([%s])".formatted(function, String.join(", ", factors));
  }

  /**
   * {@code ΔW[o][i] = s·Σ_k B[o][k]·A[k][i]}, summed over k upwards in double and rounded once to
   * float, so the result depends neither on a machine nor on a library.
   */
  @Override
  public float[] update(MatchedModule module, Map<String, float[]> tensors) {
    int in = module.module().inFeatures();
    int out = module.module().outFeatures();
    int rank = module.rank();
    float[] a = tensors.get(A);
    float[] b = tensors.get(B);
    float[] update = new float[Math.multiplyExact(out, in)];
    double[] row = new double[in];
    for (int o = 0; o < out; o++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < rank; k++) {
        double factor = b[o * rank + k];
        for (int i = 0; i < in; i++) {
          row[i] += factor * a[k * in + i];
        }
      }
      for (int i = 0; i < in; i++) {
        update[o * in + i] = (float) (module.scale() * row[i]);
      }
    }
    return update;
  }
}
