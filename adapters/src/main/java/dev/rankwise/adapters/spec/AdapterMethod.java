package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A way of adapting linear modules: its tensors, their start, its kernel, and the update it means.
 *
 * <p>A method is one record that implements this, one kernel text and one line in {@link
 * AdapterMethods}; networks, files and the engine know none by name.
 */
public interface AdapterMethod {

  /** Name in recipes. */
  String name();

  /** Trainable tensors of one adapted module. */
  List<TrainableTensor> tensors(MatchedModule module);

  /** What one of these tensors does. */
  Parameter.Role role(TrainableTensor tensor);

  /**
   * First values of one of these tensors.
   *
   * @param stream numbers that depend on the seed, the module and the tensor's name alone
   */
  float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream);

  /**
   * The product of a projection group of which at least one projection is adapted.
   *
   * @param group the projections in the order of their outputs
   * @param adapted those that are adapted, by path
   */
  AdaptedProduct product(List<ModuleShape> group, Map<String, MatchedModule> adapted);

  /**
   * The update ΔW that the tensors mean, (out, in) row-major, in float32.
   *
   * @param tensors values by tensor name within the module
   */
  float[] update(MatchedModule module, Map<String, float[]> tensors);

  /** This method on a base, as a replica links it. */
  default Attachment attachment(MatchedModules matched, ParameterLayout layout) {
    AdapterMethod method = this;
    return new Attachment() {
      @Override
      public List<TrainableTensor> tensors() {
        return layout.tensors();
      }

      @Override
      public Optional<AdaptedProduct> product(List<ModuleShape> group) {
        Map<String, MatchedModule> adapted = matched.among(group);
        return adapted.isEmpty()
            ? Optional.empty()
            : Optional.of(method.product(group, adapted));
      }
    };
  }
}
