package dev.rankwise.adapters.ia3;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.AdapterSpec.Scaling;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.PeftForm;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * IA³: each output of a module is multiplied by a number that is trained; of a module in a
 * feed-forward part each input.
 *
 * <pre>
 *   y = l ⊙ (x·W₀ᵀ + b)          y = (l ⊙ x)·W₀ᵀ + b
 * </pre>
 *
 * <table>
 * <caption>Shapes, start</caption>
 * <tr><th>tensor</th><th>shape</th><th>starts as</th></tr>
 * <tr><td>l, {@code ia3_l}</td><td>(out, 1); of a feed-forward part (1, in)</td><td>1, so a fresh
 * adapter changes nothing</td></tr>
 * </table>
 *
 * <p>With G = ∂L/∂y: ∂L/∂l = Σ_rows G ⊙ (x·W₀ᵀ + b), or Σ_rows (G·W₀) ⊙ x. Merged, rows of the
 * weight and numbers of the bias are multiplied by l, or columns of the weight.
 *
 * <p>Source: Liu et al., "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than
 * In-Context Learning" (arXiv 2205.05638), section 3.3. Which modules and whose inputs are PEFT's
 * usual ones ({@code feedforward_modules}).
 *
 * @param feedForward modules whose inputs are multiplied, as they were named: ends of paths, or an
 *     expression over whole paths; unset for the usual ones
 * @param usualEnd end of the paths of the usual ones; empty where some were named, and before the
 *     method is seen on a base
 */
public record Ia3(ModuleChoice feedForward, String usualEnd) implements AdapterMethod {
  /** PEFT's name of the choice of modules whose inputs are multiplied. */
  public static final String FEED_FORWARD = "feedforward_modules";

  private static final String VECTOR = "ia3_l";
  private static final String KERNEL = "kernels/linear/ia3.torchscript";

  private static final PeftForm FORM =
      new PeftForm(
          List.of(
              "auto_mapping",
              "base_model_name_or_path",
              "exclude_modules",
              "fan_in_fan_out",
              "inference_mode",
              "modules_to_save",
              "peft_type",
              "peft_version",
              "revision",
              "target_modules",
              "task_type"),
          List.of(FEED_FORWARD),
          Map.of("init_ia3_weights", true));

  /** The method before it is seen on a base. */
  public static Ia3 usual() {
    return new Ia3(ModuleChoice.unset(), "");
  }

  @Override
  public String name() {
    return "ia3";
  }

  @Override
  public Optional<String> peftType() {
    return Optional.of("IA3");
  }

  @Override
  public Optional<PeftForm> peftForm() {
    return Optional.of(FORM);
  }

  @Override
  public Map<String, ModuleChoice> peftChoices() {
    return Map.of(FEED_FORWARD, feedForward);
  }

  @Override
  public boolean hasRank() {
    return false;
  }

  @Override
  public String scaleFormula(AdapterSpec spec) {
    return "none: outputs or inputs are multiplied";
  }

  @Override
  public AdapterMethod on(ModuleTree tree, AdapterSpec spec) {
    ModuleChoice named = spec.further().getOrDefault(FEED_FORWARD, ModuleChoice.unset());
    return named.kind() == ModuleChoice.Kind.UNSET
        ? new Ia3(named, last(usual(tree, FEED_FORWARD)))
        : new Ia3(named, "");
  }

  @Override
  public MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    boolean unset = spec.targets().kind() == ModuleChoice.Kind.UNSET;
    return ModuleMatcher.match(
        tree,
        unset ? spec.withTargets(ModuleChoice.of(usual(tree, "target_modules"))) : spec,
        strictness);
  }

  private static String last(List<String> names) {
    return names.get(names.size() - 1);
  }

  /** PEFT's usual targets of a base, of which the last one is that of the feed-forward part. */
  private static List<String> usual(ModuleTree tree, String field) {
    String family = tree.config().modelType();
    return switch (family) {
      case "llama", "mistral" -> List.of("k_proj", "v_proj", "down_proj");
      case "gemma2", "qwen2", "qwen3" -> List.of("q_proj", "v_proj", "down_proj");
      case "bert", "roberta" -> List.of("key", "value", "output.dense");
      case "gpt2" -> List.of("c_attn", "mlp.c_proj");
      default ->
          throw new UserInputException(
              "No usual %s of IA3 are known for model_type \"%s\"; name them"
                  .formatted(field, family));
    };
  }

  /** Ends of paths, without a dot before them, as PEFT has it; an expression over the whole. */
  private boolean multipliesInput(ModuleShape module) {
    return switch (feedForward.kind()) {
      case UNSET -> !usualEnd.isEmpty() && module.path().endsWith(usualEnd);
      case LIST -> feedForward.entries().stream().anyMatch(module.path()::endsWith);
      case EXPRESSION, ALL_LINEAR -> feedForward.names(module.path());
    };
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    List<String> unread = new ArrayList<>();
    require(unread, "dropout", spec.dropout() == 0);
    require(unread, "rsLoRA", spec.scaling() == Scaling.BY_RANK);
    require(unread, "ranks by pattern", spec.rankPattern().isEmpty());
    require(unread, "alphas by pattern", spec.alphaPattern().isEmpty());
    require(unread, "layers", spec.layers().isEmpty());
    require(unread, "another start", spec.initialisation() == Initialisation.KAIMING_UNIFORM);
    require(unread, "biases and rows", spec.beside().equals(TrainedBeside.nothing()));
    if (!unread.isEmpty()) {
      throw new UserInputException(
          "Method \"ia3\" has no %s; take them out of the settings"
              .formatted(String.join(", no ", unread)));
    }
    boolean lists =
        spec.targets().kind() == ModuleChoice.Kind.LIST
            && feedForward.kind() == ModuleChoice.Kind.LIST;
    if (lists && !spec.targets().entries().containsAll(feedForward.entries())) {
      throw new UserInputException(
          "Invalid feedforward_modules: %s (each must be one of the targets %s, as PEFT has it)"
              .formatted(feedForward.entries(), spec.targets().entries()));
    }
    for (MatchedModule module : matched.adapted()) {
      if (!module.module().isLinear()) {
        throw new UserInputException(
            ("Cannot compute IA3 on module %s of kind %s (only linear modules are adapted); take it out"
                    + " of the targets")
                .formatted(
                    module.module().path(),
                    module.module().kind().name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  private static void require(List<String> unread, String what, boolean absent) {
    if (!absent) {
      unread.add(what);
    }
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    ModuleShape shape = module.module();
    List<Integer> vector =
        multipliesInput(shape) ? List.of(1, shape.inFeatures()) : List.of(shape.outFeatures(), 1);
    return List.of(new TrainableTensor(shape.path(), VECTOR, vector));
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return Parameter.Role.STRETCH;
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      Initialisation initialisation,
      TensorStream stream) {
    float[] ones = new float[tensor.size()];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    List<TrainableTensor> read = new ArrayList<>();
    List<String> stretches = new ArrayList<>();
    boolean input = false;
    for (ModuleShape module : group) {
      if (adapted.containsKey(module.path())) {
        input |= multipliesInput(module);
        stretches.add("torch.reshape(${t%s}, [-1])".formatted(read.size()));
        read.addAll(tensors(adapted.get(module.path())));
      } else {
        stretches.add("torch.ones([%s], dtype=6)".formatted(module.outFeatures()));
      }
    }
    if (input && group.size() > 1) {
      throw new UserInputException(
          ("Cannot multiply the input of %s alone (%s modules read it); name only modules that read an"
                  + " input of their own as feedforward_modules")
              .formatted(group.get(0).path(), group.size()));
    }
    String stretch =
        stretches.size() == 1
            ? stretches.get(0)
            : "torch.cat([%s])".formatted(String.join(", ", stretches));
    return new AdaptedProduct(
        KERNEL,
        Map.of(
            "input", input ? multiplied("x", stretch) : "x",
            "output", input ? "y" : multiplied("y", stretch)),
        read);
  }

  private static String multiplied(String what, String by) {
    return "torch.to(torch.mul(torch.to(%s, ${adapter}), torch.to(%s, ${adapter})), ${compute})"
        .formatted(what, by);
  }

  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    float[] stretch = tensors.get(VECTOR);
    boolean input = multipliesInput(module.module());
    int in = module.module().inFeatures();
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < in; i++) {
        rows[row * in + i] *= stretch[input ? i : first + row];
      }
    }
  }

  @Override
  public boolean mergesBias(MatchedModule module) {
    return module.module().bias() && !multipliesInput(module.module());
  }

  @Override
  public void mergeBias(
      MatchedModule module, Map<String, float[]> tensors, float[] bias, int first, int count) {
    float[] stretch = tensors.get(VECTOR);
    for (int i = 0; i < count; i++) {
      bias[i] *= stretch[first + i];
    }
  }
}
