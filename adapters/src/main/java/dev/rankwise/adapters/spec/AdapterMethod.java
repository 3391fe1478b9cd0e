package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A way of adapting modules: its tensors, their start, its kernel, and the weight it means.
 *
 * <p>A method is one record that implements this, one kernel text and one line in {@code
 * AdapterMethods}; networks, files and the engine know none by name.
 */
public interface AdapterMethod {

  /** Name in recipes. */
  String name();

  /**
   * The method as a configuration has it on a base: what follows depends on the configuration where
   * this gives another.
   */
  default AdapterMethod on(ModuleTree tree, AdapterSpec spec) {
    return this;
  }

  /** What its files call this method ({@code peft_type}); empty where it has no files of PEFT's. */
  Optional<String> peftType();

  /** Whether PEFT loads these files. */
  default boolean loadsInPeft() {
    return peftType().isPresent();
  }

  /** The field that, set to true, makes PEFT's type this method; empty where the type says all. */
  default Optional<String> peftVariant() {
    return Optional.empty();
  }

  /** What its configuration has in PEFT; empty where that is what LoRA's has. */
  default Optional<PeftForm> peftForm() {
    return Optional.empty();
  }

  /** The further choices of modules that its configuration in PEFT names, by field. */
  default Map<String, ModuleChoice> peftChoices() {
    return Map.of();
  }

  /** Whether its modules have a rank, and an alpha that scales what they add. */
  default boolean hasRank() {
    return true;
  }

  /** How the scale follows from alpha and rank, for the reader of a model card. */
  default String scaleFormula(AdapterSpec spec) {
    return switch (spec.scaling()) {
      case BY_RANK -> "alpha / rank";
      case BY_ROOT_OF_RANK -> "alpha / sqrt(rank) (rsLoRA)";
    };
  }

  /**
   * The modules that a configuration adapts and keeps on a base.
   *
   * @throws dev.rankwise.models.failure.UserInputException as {@link ModuleMatcher#match} does
   */
  default MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    return ModuleMatcher.match(tree, spec, strictness);
  }

  /**
   * Refuses, by name, what a configuration asks for and this method does not compute.
   *
   * @throws dev.rankwise.models.failure.UserInputException if the adapter would compute something
   *     else than its configuration says
   */
  void requireComputable(AdapterSpec spec, MatchedModules matched);

  /** Trainable tensors of one adapted module. */
  List<TrainableTensor> tensors(MatchedModule module);

  /** What one of these tensors does. */
  Parameter.Role role(TrainableTensor tensor);

  /**
   * First values of one of these tensors.
   *
   * @param stream numbers that depend on the seed and the tensor's full name alone
   * @return as many values as the tensor has elements, row-major
   */
  float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream);

  /**
   * The product of a projection group of which at least one projection is adapted.
   *
   * @param group the projections in the order of their outputs; or one table
   * @param adapted those that are adapted, by path
   * @param dropout share of the adapted modules' input that is dropped, [0, 1); 0 outside training
   */
  AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout);

  /** The same product as training computes it: with dropout, and with what else is drawn. */
  default AdaptedProduct trainingProduct(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    return product(group, adapted, dropout);
  }

  /**
   * The product of a module that is not adapted, where it is not the base's own.
   *
   * @param module a module that reads an input of its own
   */
  default Optional<AdaptedProduct> unadapted(MatchedModules matched, ModuleShape module) {
    return Optional.empty();
  }

  /** What its products say beside their results; empty if they say nothing. */
  default Optional<Asides> asides(MatchedModules matched) {
    return Optional.empty();
  }

  /** How far from 1 the factors may lie that training multiplies a router's input by, [0, 1). */
  default double jitter() {
    return 0;
  }

  /** The modules that have a router, in the order in which a pass comes to them. */
  default List<String> routers(MatchedModules matched) {
    return List.of();
  }

  /**
   * Checks that an adapter means one weight for each module.
   *
   * @throws dev.rankwise.models.failure.UserInputException with the reason if it does not
   */
  default void requireMergeable() {
    // Most methods add to a weight.
  }

  /**
   * Makes, in place, of some rows of a frozen weight those that the tensors make of them. A row is
   * all that one output reads, so rows are merged apart from each other.
   *
   * @param tensors values by tensor name within the module
   * @param rows outputs {@code first} to {@code first + count} of the frozen weight, (count, in)
   *     row-major; may be longer
   * @param first the first of these outputs
   * @param count how many
   */
  void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count);

  /** Whether merging changes the bias of a module too. */
  default boolean mergesBias(MatchedModule module) {
    return false;
  }

  /**
   * Makes, in place, of some numbers of a frozen bias those that the tensors make of them.
   *
   * @param bias outputs {@code first} to {@code first + count} of the frozen bias; may be longer
   */
  default void mergeBias(
      MatchedModule module, Map<String, float[]> tensors, float[] bias, int first, int count) {
    // Most methods leave it alone.
  }
}
