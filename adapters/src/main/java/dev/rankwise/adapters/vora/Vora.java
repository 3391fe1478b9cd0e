package dev.rankwise.adapters.vora;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * VoRA: a text decoder learns to see by LoRA on its first N blocks, which patches and text pass
 * alike, and by an embedding of patches that is trained in full.
 *
 * <pre>
 *   picture ─ patches (M, P) ─ convolution ─ norm ─ + position ─ projection ─┐
 *   text ──── token table ───────────────────────────────────────────────────┴─ x (N, H)
 *   block j &lt; N   x ─ W₀ + s·B·A on every linear module ─ x'
 *              └── head j: norm, linear ─ compared with a teacher's features v_j in training
 *   blocks from N on, last norm, output embedding: as they were
 * </pre>
 *
 * <p>The patches of one picture attend to each other in both directions; all else is causal. In
 * training {@code L = L_CE + (1/N)·Σ_j mean over patches (1 − cos(head_j(x_j), v_j))}, x_j the
 * input of block j. Heads and teacher are dropped afterwards; the factors can be merged, and what
 * is left is a plain decoder and its embedding of patches.
 *
 * <p>Source: Wang et al., "Vision as LoRA" (arXiv 2503.20680), sections 3.1 to 3.3. There s is 1 (α
 * = r) and r 1,024. Where its released code gives modules without a bias a random one, this does
 * not; where it takes the first positions of its table for pictures that are not square, this
 * resizes them on the grid.
 *
 * <p>Which blocks and modules are adapted, targets and layers say, as for LoRA; without targets
 * none is, as after merging.
 */
public record Vora() implements AdapterMethod {
  private static final Lora LORA = new Lora();

  @Override
  public String name() {
    return "vora";
  }

  /** Its factors are LoRA's; PEFT loads them, and knows nothing of the rest. */
  @Override
  public Optional<String> peftType() {
    return LORA.peftType();
  }

  @Override
  public MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    List<String> own = tree.visionModules();
    if (own.isEmpty()) {
      throw new UserInputException(
          ("Adapter method \"vora\" needs a base that sees, and %s does not; forward, generate and"
                  + " merge take such an adapter from its folder")
              .formatted(tree.config().architecture()));
    }
    MatchedModules matched =
        spec.targets().kind() == ModuleChoice.Kind.UNSET
            ? ModuleMatcher.matchKept(tree, spec, strictness)
            : ModuleMatcher.match(tree, spec, strictness);
    return new MatchedModules(
        tree,
        matched.adapted().stream()
            .filter(module -> !tree.isOfVision(module.module().path()))
            .toList(),
        Stream.concat(own.stream(), matched.kept().stream()).distinct().toList(),
        matched.biases(),
        matched.rows(),
        matched.targets());
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    LORA.requireComputable(spec, matched);
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    return LORA.tensors(module);
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return LORA.role(tensor);
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    return LORA.initial(module, tensor, initialisation, stream);
  }

  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    return LORA.product(group, adapted, dropout);
  }

  /** Each block's likeness to the teacher counts by their number. */
  @Override
  public Optional<Asides> asides(MatchedModules matched) {
    int distilled = matched.tree().config().vision().map(VisionEmbedding::distilled).orElse(0);
    return distilled == 0 ? Optional.empty() : Optional.of(new Asides(List.of(1.0 / distilled), 0));
  }

  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    LORA.merge(module, tensors, rows, first, count);
  }

  @Override
  public boolean mergesBias(MatchedModule module) {
    return LORA.mergesBias(module);
  }

  @Override
  public void mergeBias(
      MatchedModule module, Map<String, float[]> tensors, float[] bias, int first, int count) {
    LORA.mergeBias(module, tensors, bias, first, count);
  }
}
