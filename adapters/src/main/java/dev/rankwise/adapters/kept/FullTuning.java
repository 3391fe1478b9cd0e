package dev.rankwise.adapters.kept;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adapts no module and trains every weight of the base: what adapters are measured against, and how
 * a base is trained from random weights.
 *
 * <p>Targets, rank and alpha of the configuration say nothing here. Every gradient travels, so a
 * step moves as many numbers as the base has. What comes out is a base, not an adapter: PEFT has no
 * such method.
 *
 * <p>An output embedding that shares its weight with the token table goes on sharing it: the
 * table's gradient is the sum of both readings'.
 */
public record FullTuning() implements WithoutFactors {
  private static final String SHARED = "kernels/linear/shared.torchscript";

  @Override
  public String name() {
    return "full";
  }

  @Override
  public MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    List<String> all =
        tree.tensors().keySet().stream()
            .map(name -> name.substring(0, name.lastIndexOf('.')))
            .distinct()
            .toList();
    return new MatchedModules(tree, List.of(), all, List.of(), List.of(), ModuleChoice.unset());
  }

  @Override
  public Optional<AdaptedProduct> unadapted(MatchedModules matched, ModuleShape module) {
    ModuleTree tree = matched.tree();
    if (!tree.config().tiedEmbeddings() || !tree.isOutputEmbedding(module.path())) {
      return Optional.empty();
    }
    TrainableTensor table =
        new TrainableTensor(
            tree.tokenEmbedding(), "weight", List.of(module.outFeatures(), module.inFeatures()));
    return Optional.of(new AdaptedProduct(SHARED, Map.of("table", "${t0}"), List.of(table)));
  }
}
