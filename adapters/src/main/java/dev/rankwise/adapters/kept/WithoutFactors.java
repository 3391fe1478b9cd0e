package dev.rankwise.adapters.kept;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A method that adapts no module: what it trains are weights of the base itself. */
interface WithoutFactors extends AdapterMethod {

  /** PEFT has no such method: each of its adapters must match a module. */
  @Override
  default Optional<String> peftType() {
    return Optional.empty();
  }

  @Override
  default void requireComputable(AdapterSpec spec, MatchedModules matched) {
    // Trained weights are the base's own: whatever a network computes with them, it computes still.
  }

  @Override
  default List<TrainableTensor> tensors(MatchedModule module) {
    return List.of();
  }

  @Override
  default Parameter.Role role(TrainableTensor tensor) {
    throw adaptsNothing(tensor.module());
  }

  @Override
  default float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    throw adaptsNothing(tensor.module());
  }

  @Override
  default AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    throw adaptsNothing(group.get(0).path());
  }

  @Override
  default void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    throw adaptsNothing(module.module().path());
  }

  private InternalException adaptsNothing(String path) {
    return new InternalException(
        "Method %s adapts no module, yet was asked for %s".formatted(name(), path));
  }
}
