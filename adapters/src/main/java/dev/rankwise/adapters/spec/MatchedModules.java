package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration comes to on a base.
 *
 * @param tree the base's modules
 * @param adapted modules that are adapted, in the tree's order
 * @param kept paths of the modules that are trained in full, in the tree's order
 * @param targets the targets as they are written into the adapter's configuration
 */
public record MatchedModules(
    ModuleTree tree, List<MatchedModule> adapted, List<String> kept, ModuleChoice targets) {

  public MatchedModules {
    adapted = List.copyOf(adapted);
    kept = List.copyOf(kept);
  }

  /** The adapted module at that path. */
  public Optional<MatchedModule> at(String path) {
    return adapted.stream().filter(matched -> matched.module().path().equals(path)).findFirst();
  }

  /** Whether the tensor's module lies at or under a module that is trained in full. */
  public boolean keeps(String path) {
    return kept.stream().anyMatch(module -> path.equals(module) || path.startsWith(module + "."));
  }

  /** Those of a projection group that are adapted, by path. */
  public Map<String, MatchedModule> among(List<ModuleShape> group) {
    Map<String, MatchedModule> found = new LinkedHashMap<>();
    group.forEach(module -> at(module.path()).ifPresent(m -> found.put(module.path(), m)));
    return found;
  }
}
