package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.text.PrintableText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * AdaLoRA: the update beside a frozen weight W₀ is kept in the form of a singular value
 * decomposition, so that its parts can be taken away one by one where they matter least.
 *
 * <pre>
 *   ΔW = s·P·Λ·Q        y = x·W₀ᵀ + b + s·(x·(Λ·Q)ᵀ)·Pᵀ        s = α / (r₀ + 1e-5)
 * </pre>
 *
 * <table>
 * <caption>Shapes, start; r₀ is the rank at the start, r the rank that is left</caption>
 * <tr><th>symbol</th><th>shape</th><th>starts as</th></tr>
 * <tr><td>P, {@code lora_B}</td><td>(out, r)</td><td>N(0, 0.02²)</td></tr>
 * <tr><td>Λ, {@code lora_E}</td><td>(r, 1), the diagonal</td><td>0, so a fresh adapter changes
 * nothing</td></tr>
 * <tr><td>Q, {@code lora_A}</td><td>(r, in)</td><td>N(0, 0.02²)</td></tr>
 * </table>
 *
 * <p>A <em>triplet</em> is a column of P, an entry of Λ and a row of Q; a module may lose all of
 * its triplets. The scale stays that of r₀ however many are left, as in PEFT: to scale by the rank
 * that is left would make the rest of a module louder at each decision. An α of 0 or less stands
 * for the rank.
 *
 * <p>Source: Zhang et al., "AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient
 * Fine-Tuning" (arXiv 2303.10512), section 3.1; the scale, the start and the tensors are PEFT's.
 *
 * <p>Adapted are linear modules, GPT-2's {@code Conv1D} among them. Embeddings, as in PEFT, and
 * convolutions are refused by name.
 */
public record AdaLora() implements AdapterMethod {
  static final String A = "lora_A";
  static final String B = "lora_B";
  static final String E = "lora_E";
  private static final double DEVIATION = 0.02;
  private static final float AWAY_FROM_ZERO = 1e-5f;
  private static final Set<ModuleKind> COMPUTED = EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D);

  @Override
  public String name() {
    return "adalora";
  }

  @Override
  public Optional<String> peftType() {
    return Optional.of("ADALORA");
  }

  @Override
  public String scaleFormula(AdapterSpec spec) {
    return "alpha / (%s + 1e-5), %s being the rank at the start"
        .formatted(spec.rank(), spec.rank());
  }

  /**
   * The modules that the targets mean, each with the rank that the allocation leaves it.
   *
   * @throws UserInputException also if the allocation names a module that is not adapted, or as
   *     many triplets as none has; and, strictly, for settings that say nothing here
   */
  @Override
  public MatchedModules match(ModuleTree tree, AdapterSpec spec, Strictness strictness) {
    if (strictness == Strictness.STRICT) {
      requireMeant(spec);
    }
    MatchedModules matched = ModuleMatcher.match(tree, withUsualTargets(tree, spec), strictness);
    Map<String, List<Boolean>> live = spec.allocation().live();
    for (Map.Entry<String, List<Boolean>> entry : live.entrySet()) {
      if (matched.at(entry.getKey()).isEmpty()) {
        throw new UserInputException(
            "Invalid rank_pattern: it names module %s, which is not adapted; take it out"
                .formatted(PrintableText.of(entry.getKey())));
      }
      if (entry.getValue().size() != spec.rank()) {
        throw new UserInputException(
            ("Invalid rank_pattern: module %s has %s triplets in it where each has %s at the start"
                    + " (init_r); use a sound copy")
                .formatted(entry.getKey(), entry.getValue().size(), spec.rank()));
      }
    }
    List<MatchedModule> adapted =
        matched.adapted().stream().map(module -> left(module.module(), spec)).toList();
    return new MatchedModules(
        tree, adapted, matched.kept(), matched.biases(), matched.rows(), matched.targets());
  }

  /** PEFT passes over all of these without a word. */
  private static void requireMeant(AdapterSpec spec) {
    List<String> problems = new ArrayList<>();
    if (!spec.rankPattern().isEmpty() || !spec.alphaPattern().isEmpty()) {
      problems.add(
          "Invalid rank or alpha by pattern: %s, %s (AdaLoRA starts all modules alike)"
              .formatted(spec.rankPattern(), spec.alphaPattern()));
    }
    if (spec.scaling() != AdapterSpec.Scaling.BY_RANK) {
      problems.add("Invalid use_rslora: true (AdaLoRA has a scale of its own)");
    }
    if (spec.beside().biasOfB()) {
      problems.add("Invalid lora_bias: true (AdaLoRA's factors have no bias)");
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems) + "; leave it out");
    }
  }

  /** PEFT's usual targets are those of LoRA but for this family. */
  private static AdapterSpec withUsualTargets(ModuleTree tree, AdapterSpec spec) {
    boolean wider =
        spec.targets().kind() == ModuleChoice.Kind.UNSET
            && tree.config().modelType().equals("roberta");
    return wider
        ? spec.withTargets(ModuleChoice.of(List.of("query", "key", "value", "dense")))
        : spec;
  }

  /**
   * Where nothing is left PEFT counts from rank 0; the scale of no triplet at all is then large,
   * and multiplies nothing. In float32, as PEFT holds it.
   */
  private static MatchedModule left(ModuleShape module, AdapterSpec spec) {
    List<Boolean> live = spec.allocation().live().get(module.path());
    int rank = live == null ? spec.rank() : Collections.frequency(live, true);
    double alpha = spec.alpha() > 0 ? spec.alpha() : rank;
    float start = rank == 0 ? 0 : spec.rank();
    float scale = 1 / (start + AWAY_FROM_ZERO) * (float) alpha;
    return new MatchedModule(module, rank, alpha, scale, false);
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    for (MatchedModule module : matched.adapted()) {
      ModuleShape shape = module.module();
      if (!COMPUTED.contains(shape.kind())) {
        throw new UserInputException(
            ("Cannot compute AdaLoRA on module %s of kind %s (only linear modules are adapted);"
                    + " take it out of the targets, or name it among the modules to save")
                .formatted(shape.path(), shape.kind().name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    ModuleShape shape = module.module();
    int rank = module.rank();
    return List.of(
        new TrainableTensor(shape.path(), A, List.of(rank, shape.inFeatures())),
        new TrainableTensor(shape.path(), B, List.of(shape.outFeatures(), rank)),
        new TrainableTensor(shape.path(), E, List.of(rank, 1)));
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return switch (tensor.tensor()) {
      case A -> Parameter.Role.FACTOR_A;
      case B -> Parameter.Role.FACTOR_B;
      default -> Parameter.Role.DIAGONAL;
    };
  }

  /** There is one start, whatever is asked for. */
  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    return tensor.tensor().equals(E)
        ? new float[tensor.size()]
        : stream.normal(tensor.size(), DEVIATION);
  }

  /**
   * As LoRA's group, with Λ·Q in place of A: stacked, (Σr, in), beside the block diagonal of the P,
   * (Σout, Σr). A projection that is not adapted, or has no triplet left, is a block of no columns.
   */
  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    return new AdaLoraProduct(adapted, dropout).of(group);
  }

  /**
   * {@code W[o][i] = W₀[o][i] + s·Σ_k P[o][k]·Λ[k]·Q[k][i]}, the sum over k upwards in double and
   * rounded once to float, as is the sum with W₀.
   */
  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    int in = module.module().inFeatures();
    int rank = module.rank();
    float[] q = tensors.get(A);
    float[] p = tensors.get(B);
    float[] lambda = tensors.get(E);
    double[] update = new double[in];
    for (int row = 0; row < count; row++) {
      Arrays.fill(update, 0);
      for (int k = 0; k < rank; k++) {
        double factor = (double) p[(first + row) * rank + k] * lambda[k];
        for (int i = 0; i < in; i++) {
          update[i] += factor * q[k * in + i];
        }
      }
      for (int i = 0; i < in; i++) {
        rows[row * in + i] += (float) (module.scale() * update[i]);
      }
    }
  }
}
