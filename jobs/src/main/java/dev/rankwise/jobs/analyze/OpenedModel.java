package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.AdapterWeights;
import dev.rankwise.adapters.analysis.TunedWeights;
import dev.rankwise.adapters.analysis.WholeWeights;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ModuleFigures;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseDirectory;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A tuned model whose weights can be read beside its base's.
 *
 * @param name how page and numbers call it
 * @param method how it was tuned, in a few words
 * @param frozen the base's weights
 * @param tuned its own
 * @param earlier those of its run's checkpoints, by number of steps
 * @param file what a whole model is read from; to be closed
 */
record OpenedModel(
    String name,
    String method,
    BaseWeights frozen,
    TunedWeights tuned,
    Map<Integer, TunedWeights> earlier,
    Optional<SafetensorsFile> file)
    implements AutoCloseable {

  /**
   * Opens a model.
   *
   * @param base what it was tuned from
   * @param file the base's weights; stays the caller's
   */
  static OpenedModel of(String name, StoredModel stored, BaseDirectory base, SafetensorsFile file) {
    ModelConfig config = ModelConfig.read(base.config());
    OpenedModel model =
        stored.adapter().isPresent()
            ? ofAdapter(name, stored, base, config, file)
            : ofWhole(name, stored, config, file);
    if (model.tuned.modules().isEmpty()) {
      model.close();
      throw new UserInputException(
          "Cannot analyze %s: it tunes no linear module of its base; name another adapter or model"
              .formatted(stored.path()));
    }
    return model;
  }

  private static OpenedModel ofAdapter(
      String name,
      StoredModel stored,
      BaseDirectory base,
      ModelConfig config,
      SafetensorsFile file) {
    Adapter adapter = PeftDirectory.read(stored.adapterFolder(), config, base.sha256());
    AdapterPlan plan = adapter.plan();
    BaseWeights frozen =
        BaseWeights.of(file, plan.matched().tree())
            .in(stored.held().form(), stored.held().type().stored());
    AdapterSpec spec = plan.spec();
    // The run's own parameters are those of all triplets, whatever is left of them in the end.
    AdapterSpec whole = spec.withAllocation(spec.allocation().withLive(Map.of()));
    AdapterPlan ofRun = AdapterPlan.of(plan.base(), whole, Strictness.AS_PEFT);
    return new OpenedModel(
        name,
        plan.method().name() + ModuleFigures.of(plan).map(it -> ", " + it.text()).orElse(""),
        frozen,
        new AdapterWeights(adapter),
        stored.recipe().isPresent() ? EarlierWeights.of(stored.path(), ofRun) : Map.of(),
        Optional.empty());
  }

  private static OpenedModel ofWhole(
      String name, StoredModel stored, ModelConfig base, SafetensorsFile file) {
    BaseDirectory found = SparkBases.source().resolve(stored.base());
    ModelConfig config = ModelConfig.read(found.config());
    ModuleTree tree = ModuleTree.of(config);
    requireLike(stored, tree, ModuleTree.of(headed(base, config)));
    SafetensorsFile own = SafetensorsFile.open(found.weights());
    return new OpenedModel(
        name,
        stored.recipe().map(it -> it.adapter().spec().method()).orElse("whole model"),
        BaseWeights.of(file, tree),
        new WholeWeights(tree, BaseWeights.of(own, tree)),
        earlier(stored, config),
        Optional.of(own));
  }

  private static Map<Integer, TunedWeights> earlier(StoredModel stored, ModelConfig config) {
    if (stored.recipe().isEmpty()) {
      return Map.of();
    }
    ExampleKind kind = config.labels().isEmpty() ? ExampleKind.SEQUENCES : ExampleKind.LABELLED;
    AdapterSpec spec = stored.recipe().get().adapter().spec(kind);
    return EarlierWeights.of(stored.path(), AdapterPlan.of(config, spec, Strictness.AS_PEFT));
  }

  private static ModelConfig headed(ModelConfig base, ModelConfig config) {
    return config.labels().isEmpty() ? base : base.forClassification(config.labels());
  }

  /** A model of another shape is compared with nothing. */
  private static void requireLike(StoredModel stored, ModuleTree tree, ModuleTree base) {
    Map<String, List<Long>> shapes = base.tensors();
    tree.tensors()
        .forEach(
            (name, shape) -> {
              if (!Objects.equals(shapes.get(name), shape)) {
                throw new UserInputException(
                    ("Cannot analyze %s: its weight %s is %s where base %s has %s; name the base it"
                            + " was tuned from with --base")
                        .formatted(
                            stored.path(),
                            name,
                            shape,
                            stored.untuned().orElse(""),
                            shapes.containsKey(name) ? shapes.get(name) : "none"));
              }
            });
  }

  /** The base's weight of a module, (out, in); empty where the base has none. */
  Optional<float[]> frozen(ModuleShape module) {
    String weight = module.path() + ".weight";
    return frozen.has(weight) ? Optional.of(frozen.outputFirst(weight)) : Optional.empty();
  }

  @Override
  public void close() {
    file.ifPresent(SafetensorsFile::close);
  }
}
