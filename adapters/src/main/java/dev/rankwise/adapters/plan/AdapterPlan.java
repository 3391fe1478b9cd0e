package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.rows.RowProducts;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.ParameterLayout;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.quantized.FourBitLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What a configuration comes to on a base: the modules, the order of the parameters, and what a
 * replica links. It is a pure function of the two, needs no weights and no native code, and takes
 * milliseconds, so every executor makes its own.
 */
public final class AdapterPlan {
  private final AdapterSpec spec;
  private final AdapterMethod method;
  private final MatchedModules matched;
  private final ParameterLayout layout;

  private AdapterPlan(AdapterSpec spec, AdapterMethod method, MatchedModules matched) {
    this.spec = spec;
    this.method = method;
    this.matched = matched;
    this.layout = ParameterLayout.of(matched, method);
  }

  /**
   * The plan of a configuration of ours: every entry and pattern of it must match something.
   *
   * @param base the base with what stands on top of it, labels included
   * @throws UserInputException if the configuration does not fit the base, or asks for something
   *     that its method does not compute
   */
  public static AdapterPlan of(ModelConfig base, AdapterSpec spec) {
    return of(base, spec, Strictness.STRICT);
  }

  /**
   * The same; {@code strictness} says what to do with entries that match nothing. As PEFT, a plan
   * may be one of nothing: a whole model needs nothing beside it.
   */
  public static AdapterPlan of(ModelConfig base, AdapterSpec spec, Strictness strictness) {
    ModuleTree tree = ModuleTree.of(spec.vision().on(base));
    AdapterMethod method = AdapterMethods.named(spec.method()).on(tree, spec);
    MatchedModules matched = method.match(tree, spec, strictness);
    method.requireComputable(spec, matched);
    AdapterPlan plan = new AdapterPlan(spec, method, matched);
    if (plan.layout.size() == 0 && strictness == Strictness.STRICT) {
      throw new UserInputException(
          "Adapter method \"%s\" trains nothing of %s; name modules to save"
              .formatted(method.name(), base.architecture()));
    }
    return plan;
  }

  /**
   * Checks that whatever the base's file lacks is trained: what starts fresh and stays frozen would
   * be noise.
   *
   * @param weights the base's weights under the names of this plan's module tree
   * @throws UserInputException with the modules to train
   */
  public void requireTrained(BaseWeights weights) {
    Set<String> trained = new TreeSet<>();
    layout.tensors().forEach(tensor -> trained.add(tensor.name()));
    Set<String> modules = new TreeSet<>();
    for (String name : weights.missing()) {
      if (!trained.contains(name)) {
        String inBase = name.replaceFirst("^" + base().modelType() + "[.]", "");
        modules.add(inBase.substring(0, inBase.indexOf('.')));
      }
    }
    if (!modules.isEmpty()) {
      throw new UserInputException(
          "Base has no weights for %s, so it cannot be frozen; add it to adapter.modules-to-save to"
                  .formatted(String.join(", ", modules))
              + " train it from a fresh start");
    }
  }

  /**
   * Bytes of the weights of a base that stay frozen, as replicas hold them: what is trained in full
   * is not among them.
   *
   * @param weights the base's weights under the names of this plan's module tree
   * @param type element type of those that are not in four bits
   */
  public long frozenBytes(BaseWeights weights, ElementType type) {
    Set<String> trained = new TreeSet<>();
    layout.tensors().forEach(tensor -> trained.add(tensor.name()));
    long bytes = 0;
    for (Map.Entry<String, TensorSpec> weight : weights.present().entrySet()) {
      if (!trained.contains(weight.getKey())) {
        bytes +=
            weights
                .layout(weight.getKey())
                .map(FourBitLayout::heldBytes)
                .orElseGet(() -> weight.getValue().elements() * type.bytes());
      }
    }
    return bytes;
  }

  /** What was asked for. */
  public AdapterSpec spec() {
    return spec;
  }

  /** How modules are adapted. */
  public AdapterMethod method() {
    return method;
  }

  /** The base with what stands on top of it. */
  public ModelConfig base() {
    return matched.tree().config();
  }

  /** The modules that are adapted or kept. */
  public MatchedModules matched() {
    return matched;
  }

  /** The trainable tensors in the order of the flat parameter vector. */
  public ParameterLayout layout() {
    return layout;
  }

  /** What a replica links: the tensors, and the product of each projection group. */
  public Attachment attachment() {
    return new Attachment() {
      @Override
      public List<TrainableTensor> tensors() {
        return layout.tensors();
      }

      @Override
      public double dropout() {
        return spec.dropout();
      }

      @Override
      public double jitter() {
        return method.jitter();
      }

      @Override
      public Optional<Asides> asides() {
        return method.asides(matched);
      }

      @Override
      public Optional<AdaptedProduct> product(List<ModuleShape> group) {
        return product(group, adapted -> method.product(group, adapted, 0));
      }

      @Override
      public Optional<AdaptedProduct> droppedProduct(List<ModuleShape> group) {
        return product(group, adapted -> method.trainingProduct(group, adapted, spec.dropout()));
      }

      private Optional<AdaptedProduct> product(
          List<ModuleShape> group, Function<Map<String, MatchedModule>, AdaptedProduct> product) {
        Map<String, MatchedModule> adapted = matched.among(group);
        return adapted.isEmpty()
            ? rows(group.get(0).path()).or(() -> method.unadapted(matched, group.get(0)))
            : Optional.of(product.apply(adapted));
      }

      /** Only a group of one reads a table, or shares its weight. */
      private Optional<AdaptedProduct> rows(String path) {
        return matched
            .rowsOf(path)
            .map(RowProducts::table)
            .or(() -> matched.rowsSharedWith(path).map(RowProducts::scores));
      }
    };
  }
}
