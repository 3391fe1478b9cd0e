package dev.rankwise.adapters.lora;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
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
 * <p>Adapted are linear modules, GPT-2's {@code Conv1D} among them, and embeddings. A table W₀
 * (entries, size) is read as a product with rows of one 1: A, {@code lora_embedding_A}, is (r,
 * entries) and starts at 0, B, {@code lora_embedding_B}, is (size, r) and starts as N(0, 1). With
 * {@code lora_bias} B has a bias c (out), which starts at 0: {@code y = x·W₀ᵀ + b + s·(u·Bᵀ + c)}.
 *
 * <p>A convolution whose windows do not overlap, such as that of patches, is such a product too: A,
 * (r, channels, height, width), reads a window, and B is (out, r, 1, 1).
 */
public record Lora() implements AdapterMethod {
  private static final String A = "lora_A.weight";
  private static final String B = "lora_B.weight";
  private static final String BIAS_OF_B = "lora_B.bias";
  private static final String TABLE_A = "lora_embedding_A";
  private static final String TABLE_B = "lora_embedding_B";
  private static final String TABLE_KERNEL = "kernels/table/lora.torchscript";
  private static final Set<ModuleKind> COMPUTED =
      EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D, ModuleKind.CONV2D, ModuleKind.EMBEDDING);

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
    for (MatchedModule module : matched.adapted()) {
      ModuleShape shape = module.module();
      if (!COMPUTED.contains(shape.kind())) {
        throw new UserInputException(
            ("Cannot compute LoRA on module %s of kind %s (only linear modules and embeddings are"
                    + " adapted); take it out of the targets, or name it among the modules to save")
                .formatted(shape.path(), shape.kind().name().toLowerCase(Locale.ROOT)));
      }
      if (shape.kind() == ModuleKind.EMBEDDING && module.biasOfB()) {
        throw new UserInputException(
            ("Invalid lora_bias: true (module %s is an embedding, whose factor B has no bias); set"
                    + " it to false")
                .formatted(shape.path()));
      }
    }
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    ModuleShape shape = module.module();
    List<Integer> a = shape.reading(module.rank());
    List<Integer> b = shape.writing(module.rank());
    if (shape.kind() == ModuleKind.EMBEDDING) {
      return List.of(
          new TrainableTensor(shape.path(), TABLE_A, a),
          new TrainableTensor(shape.path(), TABLE_B, b));
    }
    List<TrainableTensor> tensors = new ArrayList<>();
    tensors.add(new TrainableTensor(shape.path(), A, a));
    tensors.add(new TrainableTensor(shape.path(), B, b));
    if (module.biasOfB()) {
      tensors.add(new TrainableTensor(shape.path(), BIAS_OF_B, List.of(shape.outFeatures())));
    }
    return tensors;
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return switch (tensor.tensor()) {
      case A, TABLE_A -> Parameter.Role.FACTOR_A;
      case BIAS_OF_B -> Parameter.Role.BIAS_OF_B;
      default -> Parameter.Role.FACTOR_B;
    };
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    if (tensor.tensor().equals(TABLE_B)) {
      return stream.normal(tensor.size(), 1);
    }
    if (!tensor.tensor().equals(A)) {
      return new float[tensor.size()];
    }
    return switch (initialisation) {
      case KAIMING_UNIFORM ->
          stream.uniform(tensor.size(), 1 / Math.sqrt(module.module().inFeatures()));
      case GAUSSIAN -> stream.normal(tensor.size(), 1.0 / module.rank());
      case PISSA -> throw new InternalException("Principal factors are not drawn");
    };
  }

  /**
   * The A factors of the group stand on top of each other, (Σr, in); the B factors form a block
   * diagonal, (Σout, Σr), in which a projection that is not adapted is a block of no columns. So
   * ranks and targets may differ within the group. A scale that all share is left to the product;
   * otherwise each B, with its bias, comes times its own.
   *
   * <p>With dropout each projection has a mask of its own, so its input and its product with A too.
   * What is left is made larger by 1/(1 − p), through the scale of B. Tables drop nothing, as in
   * PEFT.
   */
  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    if (group.get(0).kind() == ModuleKind.EMBEDDING) {
      MatchedModule table = adapted.get(group.get(0).path());
      return new AdaptedProduct(
          TABLE_KERNEL,
          Map.of("factor_a", "${t0}", "factor_b", "${t1}", "scale", text(table.scale())),
          tensors(table));
    }
    return new LoraProduct(adapted, dropout).of(group);
  }

  private static String text(double number) {
    return Double.toString(number);
  }

  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    int in = module.module().inFeatures();
    double[] update = new double[in];
    for (int row = 0; row < count; row++) {
      update(module, tensors, first + row, update);
      for (int i = 0; i < in; i++) {
        rows[row * in + i] += (float) update[i];
      }
    }
  }

  @Override
  public boolean mergesBias(MatchedModule module) {
    return module.biasOfB();
  }

  /** {@code b + s·c}. */
  @Override
  public void mergeBias(
      MatchedModule module, Map<String, float[]> tensors, float[] bias, int first, int count) {
    float[] ofB = tensors.get(BIAS_OF_B);
    for (int i = 0; i < count; i++) {
      bias[i] = (float) (bias[i] + module.scale() * ofB[first + i]);
    }
  }

  /**
   * A row of the update: {@code ΔW[o][i] = s·Σ_k B[o][k]·A[k][i]}, summed over k upwards in double
   * and rounded once to float, so the result depends neither on a machine nor on a library.
   *
   * @param output o
   * @param update gets the row (in)
   */
  public void update(
      MatchedModule module, Map<String, float[]> tensors, int output, double[] update) {
    int in = module.module().inFeatures();
    int rank = module.rank();
    boolean table = module.module().kind() == ModuleKind.EMBEDDING;
    float[] a = tensors.get(table ? TABLE_A : A);
    float[] b = tensors.get(table ? TABLE_B : B);
    Arrays.fill(update, 0);
    for (int k = 0; k < rank; k++) {
      double factor = b[output * rank + k];
      for (int i = 0; i < in; i++) {
        update[i] += factor * a[k * in + i];
      }
    }
    for (int i = 0; i < in; i++) {
      update[i] = (float) (module.scale() * update[i]);
    }
  }
}
