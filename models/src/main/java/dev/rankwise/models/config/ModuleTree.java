package dev.rankwise.models.config;

import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every module of a base below its root, in the order in which PyTorch registers them.
 *
 * <p>The paths are those that {@code named_modules()} gives for the class in {@link
 * ModelConfig#architecture}, so that a list of names means the same here and in PEFT.
 */
public final class ModuleTree {
  private static final String OUTPUT_EMBEDDING = "lm_head";

  private final ModelConfig config;
  private final Map<String, ModuleShape> modules;
  private final Map<String, Map<String, List<Long>>> parameters;

  private ModuleTree(
      ModelConfig config,
      Map<String, ModuleShape> modules,
      Map<String, Map<String, List<Long>>> parameters) {
    this.config = config;
    this.modules = modules;
    this.parameters = parameters;
  }

  /** The tree of a base. */
  public static ModuleTree of(ModelConfig config) {
    if (config.task() == ModelTask.PRETRAINING) {
      throw new UserInputException(
          ("Base architecture %s ends in a pre-training head, which is not tuned; ask "
                  + "for a classifier on top of its blocks")
              .formatted(config.architecture()));
    }
    ModuleList list = new ModuleList();
    ModelFamily.of(config).list(config, list);
    Map<String, ModuleShape> modules = new LinkedHashMap<>();
    for (ModuleShape module : list.modules()) {
      modules.put(module.path(), module);
    }
    return new ModuleTree(config, Collections.unmodifiableMap(modules), list.parameters());
  }

  /** What the base is. */
  public ModelConfig config() {
    return config;
  }

  /** Every module, parents before their children. */
  public List<ModuleShape> modules() {
    return List.copyOf(modules.values());
  }

  /** The feed-forward parts of its blocks, in order. */
  public List<FeedForward> feedForwards() {
    return FeedForward.of(modules());
  }

  /** Whether there is a module at {@code path}. */
  public boolean contains(String path) {
    return modules.containsKey(path);
  }

  /** The module at {@code path}. */
  public ModuleShape module(String path) {
    ModuleShape module = modules.get(path);
    if (module == null) {
      throw new UserInputException(
          "Base %s has no module \"%s\"; use a path such as \"%s\""
              .formatted(config.architecture(), path, firstLinear()));
    }
    return module;
  }

  /** Whether the module at {@code path} turns hidden states into scores over the vocabulary. */
  public boolean isOutputEmbedding(String path) {
    return path.equals(OUTPUT_EMBEDDING) && contains(path);
  }

  /** Whether the module at {@code path} is the base's table of token vectors. */
  public boolean isTokenEmbedding(String path) {
    return path.equals(tokenEmbedding());
  }

  /** Path of the base's table of token vectors; empty if it has none. */
  public String tokenEmbedding() {
    return modules.values().stream()
        .filter(module -> module.kind() == ModuleKind.EMBEDDING)
        .findFirst()
        .map(ModuleShape::path)
        .orElse("");
  }

  /**
   * Names and shapes of all weights, in the order of the modules; a tied output embedding has none
   * of its own.
   */
  public Map<String, List<Long>> tensors() {
    Map<String, List<Long>> tensors = new LinkedHashMap<>();
    for (ModuleShape module : modules.values()) {
      if (config.tiedEmbeddings() && isOutputEmbedding(module.path())) {
        continue;
      }
      long in = module.inFeatures();
      long out = module.outFeatures();
      switch (module.kind()) {
        case LINEAR -> tensors.put(module.path() + ".weight", List.of(out, in));
        case CONV1D, EMBEDDING -> tensors.put(module.path() + ".weight", List.of(in, out));
        case NORM -> tensors.put(module.path() + ".weight", List.of(out));
        case CONV2D ->
            tensors.put(
                module.path() + ".weight",
                module.reading(module.outFeatures()).stream().map(Integer::longValue).toList());
        case CONTAINER ->
            parameters
                .getOrDefault(module.path(), Map.of())
                .forEach((name, shape) -> tensors.put(module.path() + "." + name, shape));
      }
      if (module.bias()) {
        tensors.put(module.path() + ".bias", List.of(out));
      }
    }
    return Collections.unmodifiableMap(tensors);
  }

  /** The modules by which a decoder sees, the outermost of each; they are an adapter's. */
  public List<String> visionModules() {
    return modules.keySet().stream().filter(VisionModules::isOutermost).toList();
  }

  /** Whether a module or a tensor of this tree is part of what a decoder sees by. */
  public boolean isOfVision(String name) {
    return config.vision().isPresent() && VisionModules.hold(name);
  }

  /** How a base's file names a weight: some families keep older names there. */
  public String nameInFiles(String name) {
    return new WeightNames(config).stored(name);
  }

  private String firstLinear() {
    return modules.values().stream()
        .filter(ModuleShape::isLinear)
        .findFirst()
        .map(ModuleShape::path)
        .orElseThrow();
  }
}
