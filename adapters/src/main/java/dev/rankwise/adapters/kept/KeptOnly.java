package dev.rankwise.adapters.kept;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adapts no module: only the kept modules (a classifier, a pooler) are trained, on top of a base
 * that stays as it is. With a classifier alone this is a linear probe. Targets, rank and alpha of
 * the configuration say nothing here.
 *
 * <p>PEFT has no such method: each of its adapters must match a module.
 */
public record KeptOnly() implements AdapterMethod {

  @Override
  public String name() {
    return "none";
  }

  @Override
  public Optional<String> peftType() {
    return Optional.empty();
  }

  @Override
  public MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    return ModuleMatcher.matchKept(tree, spec, strictness);
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    // Kept modules are the base's own: whatever a network computes with them, it computes still.
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    return List.of();
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    throw adaptsNothing(tensor.module());
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    throw adaptsNothing(tensor.module());
  }

  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    throw adaptsNothing(group.get(0).path());
  }

  @Override
  public float[] merged(MatchedModule module, Map<String, float[]> tensors, float[] weight) {
    throw adaptsNothing(module.module().path());
  }

  private static InternalException adaptsNothing(String path) {
    return new InternalException("Method none adapts no module, yet was asked for " + path);
  }
}
